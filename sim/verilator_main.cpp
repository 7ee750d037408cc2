// Runs a network under Verilator: streams frames from a vector file back to back and compares every
// result with another. One source for both interfaces:
//
//   AXI4-Stream (default)    plain pipeline: -DNNCC_PLAIN, and -DNNCC_CLOCKED when it has a clock
//
//   Vtop STIMULUS EXPECTED IN_BEATS OUT_BEATS [--frames N] [--stall SEED] [--results FILE]
//        [--patience CYCLES]: how long nothing may happen before it gives up
//
// The files hold one beat (or plain frame) per line in hexadecimal, as $readmemh reads them.
// Prints one JSON line; mismatches are told on stderr. Exit status: 0 equal, 1 not, 2 wrong usage.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

using Word = std::vector<uint32_t>;  // 32-bit limbs, lowest first

// Ports have a type that depends on their width.
template <typename Port>
void put(Port& port, const Word& word) {
  uint64_t value = word.empty() ? 0 : word[0];
  if (word.size() > 1) value |= uint64_t(word[1]) << 32;
  port = static_cast<Port>(value);
}

template <std::size_t limbs>
void put(VlWide<limbs>& port, const Word& word) {
  for (std::size_t i = 0; i < limbs; ++i) port[i] = i < word.size() ? word[i] : 0;
}

template <typename Port>
bool same(const Port& port, const Word& word) {
  Port expected;
  put(expected, word);
  return port == expected;
}

template <std::size_t limbs>
bool same(const VlWide<limbs>& port, const Word& word) {
  for (std::size_t i = 0; i < limbs; ++i)
    if (port[i] != (i < word.size() ? word[i] : 0)) return false;
  return true;
}

template <typename Port>
std::string hex(const Port& port) {
  char text[24];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(port));
  return text;
}

template <std::size_t limbs>
std::string hex(const VlWide<limbs>& port) {
  std::string text;
  for (std::size_t i = limbs; i-- > 0;) {
    char limb[12];
    std::snprintf(limb, sizeof limb, "%08x", static_cast<unsigned>(port[i]));
    text += limb;
  }
  return text;
}

static std::vector<Word> read(const char* path) {
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be opened\n", path);
    std::exit(2);
  }
  std::vector<Word> words;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '/') continue;
    Word word;
    for (std::size_t end = line.size(); end > 0;) {
      std::size_t begin = end > 8 ? end - 8 : 0;
      word.push_back(static_cast<uint32_t>(
          std::strtoul(line.substr(begin, end - begin).c_str(), nullptr, 16)));
      end = begin;
    }
    words.push_back(word);
  }
  return words;
}

struct Random {
  uint64_t state;
  // One in `n`.
  bool oneIn(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 32) % n == 0;
  }
};

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: %s STIMULUS EXPECTED IN_BEATS OUT_BEATS [--frames N] [--stall SEED] "
                 "[--results FILE] [--patience CYCLES]\n",
                 argv[0]);
    return 2;
  }
  const std::vector<Word> stimulus = read(argv[1]);
  const std::vector<Word> expected = read(argv[2]);
  const long inBeats = std::max(1L, std::atol(argv[3]));
  const long outBeats = std::max(1L, std::atol(argv[4]));
  long frames =
      std::min<long>(stimulus.size() / inBeats, static_cast<long>(expected.size()) / outBeats);
  bool stall = false;
  Random random = {1};
  std::FILE* results = nullptr;
  long patience = 20000;
  for (int i = 5; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--frames")) {
      frames = std::min(frames, std::atol(argv[i + 1]));
    } else if (!std::strcmp(argv[i], "--stall")) {
      stall = true;
      random.state = std::strtoull(argv[i + 1], nullptr, 10) * 0x9E3779B97F4A7C15u + 1;
    } else if (!std::strcmp(argv[i], "--patience")) {
      patience = std::max(patience, std::atol(argv[i + 1]));
    } else if (!std::strcmp(argv[i], "--results")) {
      results = std::fopen(argv[i + 1], "w");
      if (!results) {
        std::fprintf(stderr, "%s: cannot be written\n", argv[i + 1]);
        return 2;
      }
    }
  }

  VerilatedContext context;
  Vtop top{&context};
  long cycle = 0, sent = 0, received = 0, idle = 0;
  long firstIn = 0, firstOut = 0, lastOut = 0;
  long mismatches = 0, mismatchedFrame = -1;

  // What is wrong with a result is told once per frame, for the first few frames.
  const auto mismatch = [&](const char* what, const std::string& got) {
    const long frame = received / outBeats;
    if (frame == mismatchedFrame) return;
    mismatchedFrame = frame;
    if (++mismatches <= 5)
      std::fprintf(stderr, "frame %ld beat %ld cycle %ld: %s: got %s\n", frame,
                   received % outBeats, cycle, what, got.c_str());
  };
  const auto countOut = [&] {
    ++received;
    if (received == outBeats) firstOut = cycle;
    if (received == frames * outBeats) lastOut = cycle;
    idle = 0;
  };

#ifdef NNCC_PLAIN
  const auto clock = [&](int level) {
#ifdef NNCC_CLOCKED
    top.clk = level;
#else
    (void)level;
#endif
    top.eval();
  };
#ifdef NNCC_CLOCKED
  top.rst = 1;
#endif
  top.x_valid = 0;
  for (int i = 0; i < 1000; ++i) {
    clock(0);
    clock(1);
  }
#ifdef NNCC_CLOCKED
  top.rst = 0;
#endif
  clock(0);
  while (idle < patience && (received < frames || idle < 1000)) {
    if (top.y_valid) {
      if (received >= frames) {
        mismatch("one result too many", hex(top.y_data));
        break;
      }
      if (!same(top.y_data, expected[received])) mismatch("wrong data", hex(top.y_data));
      if (results) std::fprintf(results, "%s\n", hex(top.y_data).c_str());
      countOut();
    }
    ++idle;
    clock(1);
    ++cycle;
    // The frame given now is taken at the next edge: this is its cycle.
    const bool give = sent < frames && !(stall && random.oneIn(3));
    top.x_valid = give;
    if (give) {
      put(top.x_data, stimulus[sent]);
      if (sent == 0) firstIn = cycle;
      ++sent;
      idle = 0;
    }
    clock(0);
  }
#else
  const auto clock = [&](int level) {
    top.aclk = level;
    top.eval();
  };
  top.aresetn = 0;
  top.s_axis_tvalid = 0;
  top.m_axis_tready = 0;
  for (int i = 0; i < 4; ++i) {
    clock(0);
    clock(1);
  }
  top.aresetn = 1;
  clock(0);
  bool held = false;
  auto heldData = top.m_axis_tdata;
  bool heldLast = false;
  while (idle < patience && (received < frames * outBeats || idle < 1000)) {
    if (held && (!top.m_axis_tvalid || !(top.m_axis_tdata == heldData) ||
                 top.m_axis_tlast != heldLast))
      mismatch("a stalled beat changed", hex(top.m_axis_tdata));
    held = top.m_axis_tvalid && !top.m_axis_tready;
    heldData = top.m_axis_tdata;
    heldLast = top.m_axis_tlast;
    if (top.m_axis_tvalid && top.m_axis_tready) {
      if (received >= frames * outBeats) {
        mismatch("one beat too many", hex(top.m_axis_tdata));
        break;
      }
      if (!same(top.m_axis_tdata, expected[received]))
        mismatch("wrong data", hex(top.m_axis_tdata));
      if (top.m_axis_tlast != (received % outBeats == outBeats - 1))
        mismatch("wrong tlast", hex(top.m_axis_tdata));
      if (results) std::fprintf(results, "%s\n", hex(top.m_axis_tdata).c_str());
      countOut();
    }
    const bool taken = top.s_axis_tvalid && top.s_axis_tready;
    if (taken) {
      if (sent == 0) firstIn = cycle;
      ++sent;
      idle = 0;
    }
    ++idle;
    const bool mayChange = !top.s_axis_tvalid || taken;
    clock(1);
    ++cycle;
    top.m_axis_tready = !stall || ((cycle >> 7) % 2 ? random.oneIn(8) : !random.oneIn(3));
    if (mayChange) {
      const bool give = sent < frames * inBeats && !(stall && random.oneIn(3));
      top.s_axis_tvalid = give;
      if (give) {
        put(top.s_axis_tdata, stimulus[sent]);
        top.s_axis_tlast = sent % inBeats == inBeats - 1;
      }
    }
    clock(0);
  }
#endif

  if (received < frames * outBeats) {
    std::fprintf(stderr, "no progress after %ld of %ld beats\n", received, frames * outBeats);
    mismatches += frames - received / outBeats;
  }
  if (results) std::fclose(results);
  const double interval =
      frames > 1 ? static_cast<double>(lastOut - firstOut) / static_cast<double>(frames - 1) : 0;
  std::printf(
      "{\"frames\": %ld, \"mismatches\": %ld, \"latency_cycles\": %ld, \"interval_cycles\": %g, "
      "\"last_cycle\": %ld}\n",
      frames, mismatches, firstOut - firstIn, interval, lastOut - firstIn);
  top.final();
  return mismatches == 0 ? 0 : 1;
}
