// @TOP@_tb.cpp - self-checking C bench of @TOP@, whole frames.
//
// A word of the vector files is a frame: element 0 in the lowest bits, each element exactly as wide
// as its format. The last line is {"frames": N, "mismatches": M}; the exit status is 0 only where all
// frames agree.
//
//   @TOP@_tb [--frames N] [--results FILE] [STIMULUS EXPECTED]

#include "../firmware/@TOP@.h"
#include "../firmware/nn_arith.h"
#include "vectors.h"

// `width` bits of a word from bit `low` on.
static std::uint64_t take(const std::uint64_t* word, int low, int width) {
  std::uint64_t bits = word[low / 64] >> low % 64;
  if (low % 64 + width > 64) bits |= word[low / 64 + 1] << (64 - low % 64);
  return width < 64 ? bits & ((std::uint64_t(1) << width) - 1) : bits;
}

static void put(std::uint64_t* word, int low, int width, std::uint64_t bits) {
  if (width < 64) bits &= (std::uint64_t(1) << width) - 1;
  word[low / 64] |= bits << low % 64;
  if (low % 64 + width > 64) word[low / 64 + 1] |= bits >> (64 - low % 64);
}

int main(int argc, char** argv) {
  const int in_width = @IN_WIDTH@, out_width = @OUT_WIDTH@;
  Bench bench(1, in_width, 1, out_width);
  if (!bench.open(argc, argv)) return 2;

@FRAMES@
  for (std::size_t frame = 0; frame < bench.frames; frame++) {
    const std::uint64_t* in = bench.stimulus.word(frame);
    std::uint64_t out[(out_width + 63) / 64] = {};
@LOAD@
    @TOP@(@ARGUMENTS@);
@STORE@
    bench.check(out, true);
  }
  return bench.verdict();
}
