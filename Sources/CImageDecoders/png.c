// How a PNG file becomes bytes of pixels, by libpng.

#include "CImageDecoders.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Where the reader is in the file.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
} source;

static void fail(png_structp png, png_const_charp message) {
  nncc_image *image = png_get_error_ptr(png);
  snprintf(image->message, sizeof image->message, "%s", message);
  png_longjmp(png, 1);
}

/// Warnings are about parts of the file that do not carry pixels.
static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_bytes(png_structp png, png_bytep target, png_size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->position) png_error(png, "the file ends too early");
  memcpy(target, from->bytes + from->position, count);
  from->position += count;
}

/// Asks libpng for 8 bits per value and one or three values per pixel.
static void set_transformations(png_structp png, png_infop info) {
  png_set_scale_16(png);
  png_set_expand(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

/// Reads into `image`; whatever it allocates is reachable from `image` and `rows` for the caller.
static void decode(png_structp png, png_infop info, nncc_image *image, png_bytep **rows) {
  png_read_info(png, info);
  set_transformations(png, info);
  image->width = png_get_image_width(png, info);
  image->height = png_get_image_height(png, info);
  image->channels = png_get_channels(png, info);
  size_t stride = png_get_rowbytes(png, info);
  if ((image->channels != 1 && image->channels != 3) ||
      stride != (size_t)image->width * image->channels)
    png_error(png, "the pixel layout is not supported");
  image->pixels = malloc(stride * image->height);
  *rows = malloc(sizeof(png_bytep) * image->height);
  if (!image->pixels || !*rows) png_error(png, "the image does not fit into memory");
  for (size_t row = 0; row < image->height; row++) (*rows)[row] = image->pixels + row * stride;
  png_read_image(png, *rows);
  png_read_end(png, NULL);
}

nncc_image nncc_decode_png(const uint8_t *bytes, size_t count, uint32_t largest_side) {
  // On the heap, so that longjmp cannot leave stale copies of it in registers.
  nncc_image *image = calloc(1, sizeof *image);
  png_bytep **rows = calloc(1, sizeof *rows);
  nncc_image result;
  memset(&result, 0, sizeof result);
  source from = {bytes, count, 0};
  if (!image || !rows) {
    snprintf(result.message, sizeof result.message, "there is no memory left");
    free(image);
    free(rows);
    return result;
  }
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, fail, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    snprintf(image->message, sizeof image->message, "libpng does not start");
  } else if (!setjmp(png_jmpbuf(png))) {
    png_set_read_fn(png, &from, read_bytes);
    png_set_user_limits(png, largest_side, largest_side);
    decode(png, info, image, rows);
  }
  png_destroy_read_struct(&png, &info, NULL);
  free(*rows);
  free(rows);
  if (image->message[0]) {
    free(image->pixels);
    image->pixels = NULL;
  }
  result = *image;
  free(image);
  return result;
}
