// @TOP@_tb.cpp - self-checking C bench of @TOP@, AXI4-Stream.
//
// Sends all frames of the stimulus back to back and compares every beat that comes out, with its
// TLAST. The last line is {"frames": N, "mismatches": M}, M counting frames; the exit status is 0
// only where all agree.
//
//   @TOP@_tb [--frames N] [--results FILE] [STIMULUS EXPECTED]

#include "../firmware/@TOP@.h"
#include "vectors.h"

int main(int argc, char** argv) {
  const int in_beats = @IN_WORDS@, in_width = @IN_WIDTH@;
  const int out_beats = @OUT_WORDS@, out_width = @OUT_WIDTH@;
  Bench bench(in_beats, in_width, out_beats, out_width);
  if (!bench.open(argc, argv)) return 2;

  hls::stream<@TOP@_beat> s_axis("s_axis");
  hls::stream<@TOP@_beat> m_axis("m_axis");
  for (std::size_t n = 0; n < bench.frames * in_beats; n++) {
    @TOP@_beat beat;
    const std::uint64_t* word = bench.stimulus.word(n);
    for (int low = 0; low < in_width; low += 64) {
      beat.data.range(low + 63 < in_width ? low + 63 : in_width - 1, low) = word[low / 64];
    }
    beat.keep = -1;
    beat.strb = -1;
    beat.last = n % in_beats == in_beats - 1;
    s_axis.write(beat);
  }

  for (std::size_t frame = 0; frame < bench.frames; frame++) @TOP@(s_axis, m_axis);

  while (!m_axis.empty()) {
    const @TOP@_beat beat = m_axis.read();
    std::uint64_t word[(out_width + 63) / 64];
    for (int low = 0; low < out_width; low += 64) {
      const int high = low + 63 < out_width ? low + 63 : out_width - 1;
      word[low / 64] = ap_uint<64>(beat.data.range(high, low)).to_uint64();
    }
    bench.check(word, beat.last == 1);
  }
  return bench.verdict();
}
