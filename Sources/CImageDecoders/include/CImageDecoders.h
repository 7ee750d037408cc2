// PNG and JPEG decoding for Swift: libpng and libjpeg report errors by longjmp, which must not
// cross Swift frames, so every call of theirs is made here.

#ifndef NNCC_IMAGE_DECODERS_H
#define NNCC_IMAGE_DECODERS_H

#include <stddef.h>
#include <stdint.h>

/// One decoded image: `height` rows of `width` pixels of `channels` bytes, without padding.
typedef struct {
  uint32_t width;
  uint32_t height;
  /// 1 (grey) or 3 (red, green, blue).
  uint32_t channels;
  /// To be released with `free`; null after an error.
  uint8_t *pixels;
  /// Why the image cannot be decoded; empty when it can.
  char message[256];
} nncc_image;

/// Decodes the PNG file in `bytes`. Every bit depth becomes 8 bits, a palette becomes colours,
/// transparency is dropped, interlacing is undone; gamma and colour profiles are ignored.
/// Images with a side of more than `largest_side` pixels are refused.
nncc_image nncc_decode_png(const uint8_t *bytes, size_t count, uint32_t largest_side);

/// Decodes the JPEG file in `bytes`, baseline or progressive, grey or colour. Truncated and damaged
/// image data are errors here, unlike in libjpeg, which fills what is missing with grey.
nncc_image nncc_decode_jpeg(const uint8_t *bytes, size_t count, uint32_t largest_side);

#endif
