// How a JPEG file becomes bytes of pixels, by libjpeg.

#include "CImageDecoders.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/// A progressive file may hold any number of scans of the whole image, each of a few bytes.
static const int largest_scan = 100;

/// libjpeg's error manager, the place to jump to, and what is allocated.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf jump;
  struct jpeg_progress_mgr progress;
  struct jpeg_decompress_struct jpeg;
  nncc_image image;
} decoder;

static void fail(decoder *self, const char *message) {
  snprintf(self->image.message, sizeof self->image.message, "%s", message);
  longjmp(self->jump, 1);
}

static void fail_with_library_message(j_common_ptr jpeg) {
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  fail((decoder *)jpeg->err, message);
}

/// Warnings are about damage that libjpeg papers over; only stray bytes between markers, which
/// many cameras write, leave the pixels intact.
static void judge_message(j_common_ptr jpeg, int level) {
  if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA) fail_with_library_message(jpeg);
}

static void limit_scans(j_common_ptr jpeg) {
  if (jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->input_scan_number > largest_scan)
    fail((decoder *)jpeg->err, "the image has too many scans");
}

static void decode(decoder *self, const uint8_t *bytes, size_t count, uint32_t largest_side) {
  j_decompress_ptr jpeg = &self->jpeg;
  jpeg_create_decompress(jpeg);
  self->progress.progress_monitor = limit_scans;
  jpeg->progress = &self->progress;
  jpeg_mem_src(jpeg, bytes, count);
  jpeg_read_header(jpeg, TRUE);
  if (jpeg->image_width > largest_side || jpeg->image_height > largest_side)
    fail(self, "the image is too large");
  if (jpeg->num_components != 1 && jpeg->num_components != 3)
    fail(self, "only grey and RGB images are supported");
  jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  // The slow integer transform is the one that is the same everywhere.
  jpeg->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(jpeg);
  self->image.width = jpeg->output_width;
  self->image.height = jpeg->output_height;
  self->image.channels = (uint32_t)jpeg->output_components;
  size_t stride = (size_t)self->image.width * self->image.channels;
  self->image.pixels = malloc(stride * self->image.height);
  if (!self->image.pixels) fail(self, "the image does not fit into memory");
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = self->image.pixels + jpeg->output_scanline * stride;
    jpeg_read_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_decompress(jpeg);
}

nncc_image nncc_decode_jpeg(const uint8_t *bytes, size_t count, uint32_t largest_side) {
  nncc_image result;
  memset(&result, 0, sizeof result);
  // On the heap, so that longjmp cannot leave stale copies of it in registers.
  decoder *self = calloc(1, sizeof *self);
  if (!self) {
    snprintf(result.message, sizeof result.message, "there is no memory left");
    return result;
  }
  self->jpeg.err = jpeg_std_error(&self->manager);
  self->manager.error_exit = fail_with_library_message;
  self->manager.emit_message = judge_message;
  if (!setjmp(self->jump)) decode(self, bytes, count, largest_side);
  jpeg_destroy_decompress(&self->jpeg);
  if (self->image.message[0]) {
    free(self->image.pixels);
    self->image.pixels = NULL;
  }
  result = self->image;
  free(self);
  return result;
}
