// Runs a network under Verilator: streams frames from a vector file back to back and compares every
// result with another. One source for both interfaces:
//
//   AXI4-Stream (default)    plain pipeline: -DNNCC_PLAIN, and -DNNCC_CLOCKED when it has a clock
//
//   Vtop STIMULUS EXPECTED IN_BEATS OUT_BEATS [--frames N] [--stall SEED] [--results FILE]
//        [--patience CYCLES]: how long nothing may happen before it gives up
//        [--interval CYCLES --settled FRAME]: the pace of results from that one on, for the profile
//
// weight_ports.inc, where it exists, has a line NNCC_WEIGHTS(port, "file", repeats) for each stream of
// weights: the file's beats are sent over and over, so many times per frame. With -DNNCC_PROFILE=KERNELS the
// counters of nn_profile are read over AXI4-Lite, in passes that are whole intervals apart: their
// differences are exact, though a pass reads one counter after the other.
//
// The files hold one beat (or plain frame) per line in hexadecimal, as $readmemh reads them.
// Prints one JSON line; mismatches are told on stderr. Exit status: 0 equal, 1 not, 2 wrong usage.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>
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

// Wide ports are arrays, which == would compare by address.
template <typename Port>
bool same(const Port& port, const Port& other) {
  return port == other;
}

template <std::size_t limbs>
bool same(const VlWide<limbs>& port, const VlWide<limbs>& other) {
  return std::equal(&port[0], &port[0] + limbs, &other[0]);
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

// A stream that sends the beats of a file over and over.
struct WeightSource {
  virtual ~WeightSource() = default;
  // Looks at the handshake of this cycle; whether the beat may change behind the edge.
  virtual void look() = 0;
  // Offers the next beat, or none.
  virtual void offer(bool give) = 0;
  long unsent = 0;
};

template <typename Data>
struct WeightPort : WeightSource {
  WeightPort(Data& data, CData& valid, const CData& ready, const char* file, long times)
      : data(data), valid(valid), ready(ready), beats(read(file)) {
    unsent = times * static_cast<long>(beats.size());
    valid = 0;
  }
  void look() override {
    const bool taken = valid && ready;
    if (taken) {
      --unsent;
      next = (next + 1) % beats.size();
    }
    mayChange = !valid || taken;
  }
  void offer(bool give) override {
    if (!mayChange) return;
    valid = give && unsent > 0;
    if (valid) put(data, beats[next]);
  }
  Data& data;
  CData& valid;
  const CData& ready;
  std::vector<Word> beats;
  std::size_t next = 0;
  bool mayChange = true;
};

#ifdef NNCC_PROFILE
// Reads all counters again and again, in passes that begin `period` cycles apart.
struct ProfileReader {
  static constexpr std::size_t words = 1 + 3 * (NNCC_PROFILE);
  // A read takes two cycles.
  explicit ProfileReader(long interval) : frames((2 * words + 4) / interval + 1), period(frames * interval) {}

  void look(Vtop& top) {
    if (top.s_axi_rvalid) passes.back().push_back(top.s_axi_rdata);
    if (top.s_axi_arvalid && top.s_axi_arready) ++next;
  }
  void drive(Vtop& top, long cycle, bool isSteady) {
    if (start < 0) start = cycle;
    if (!isSteady && end < 0) end = cycle;
    if (end < 0 && (cycle - start) % period == 0) {
      next = 0;
      passes.emplace_back();
    }
    top.s_axi_arvalid = next < words;
    top.s_axi_araddr = 4 * next;
    if (end < 0 && !passes.empty() && passes.back().size() == words) complete = passes.size();
  }
  // What was counted between the middle pass and the last one that ended while frames still came in.
  void print() const {
    if (complete < 2) return;
    const std::size_t last = complete - 1, first = complete > 2 ? last / 2 : 0;
    std::printf(", \"profile\": {\"frames\": %ld, \"counters\": [",
                frames * static_cast<long>(last - first));
    for (std::size_t i = 0; i < words; ++i)
      std::printf("%s%u", i ? ", " : "", passes[last][i] - passes[first][i]);
    std::printf("]}");
  }

  long frames;  // between two passes
  long period;
  long start = -1, end = -1;
  std::size_t next = words, complete = 0;
  std::vector<std::vector<uint32_t>> passes;
};
#endif

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
  long interval = 1, settled = 0;
  for (int i = 5; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--frames")) {
      frames = std::min(frames, std::atol(argv[i + 1]));
    } else if (!std::strcmp(argv[i], "--stall")) {
      stall = true;
      random.state = std::strtoull(argv[i + 1], nullptr, 10) * 0x9E3779B97F4A7C15u + 1;
    } else if (!std::strcmp(argv[i], "--interval")) {
      interval = std::max(1L, std::atol(argv[i + 1]));
    } else if (!std::strcmp(argv[i], "--settled")) {
      settled = std::atol(argv[i + 1]);
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
  std::vector<std::unique_ptr<WeightSource>> weights;
#if __has_include("weight_ports.inc")
#define NNCC_WEIGHTS(port, file, repeats)                                            \
  weights.push_back(std::make_unique<                                                \
                    WeightPort<std::remove_reference_t<decltype(top.port##_tdata)>>>( \
      top.port##_tdata, top.port##_tvalid, top.port##_tready, file, frames * (repeats)));
#include "weight_ports.inc"
#endif
#ifdef NNCC_PROFILE
  ProfileReader profile(interval);
  top.s_axi_awvalid = 0;
  top.s_axi_wvalid = 0;
  top.s_axi_bready = 1;
  top.s_axi_arvalid = 0;
  top.s_axi_rready = 1;
#endif
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
    if (held && (!top.m_axis_tvalid || !same(top.m_axis_tdata, heldData) ||
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
    for (const auto& source : weights) source->look();
#ifdef NNCC_PROFILE
    profile.look(top);
#endif
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
    for (const auto& source : weights) source->offer(!(stall && random.oneIn(3)));
#ifdef NNCC_PROFILE
    if (received >= (settled + 1) * outBeats) profile.drive(top, cycle, sent < frames * inBeats);
#endif
    clock(0);
  }
  for (const auto& source : weights)
    if (source->unsent != 0 && received >= frames * outBeats) {
      std::fprintf(stderr, "%ld beats of weights were left over\n", source->unsent);
      ++mismatches;
    }
#endif

  if (received < frames * outBeats) {
    std::fprintf(stderr, "no progress after %ld of %ld beats\n", received, frames * outBeats);
    mismatches += frames - received / outBeats;
  }
  if (results) std::fclose(results);
  const double measured =
      frames > 1 ? static_cast<double>(lastOut - firstOut) / static_cast<double>(frames - 1) : 0;
  std::printf(
      "{\"frames\": %ld, \"mismatches\": %ld, \"latency_cycles\": %ld, \"interval_cycles\": %g, "
      "\"last_cycle\": %ld",
      frames, mismatches, firstOut - firstIn, measured, lastOut - firstIn);
#ifdef NNCC_PROFILE
  profile.print();
#else
  (void)interval;
  (void)settled;
#endif
  std::printf("}\n");
  top.final();
  return mismatches == 0 ? 0 : 1;
}
