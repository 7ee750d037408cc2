// vectors.h - reads vector files and compares what a design gives with what is expected.
//
// A vector file has one word of the interface per line, in hexadecimal, frames back to back. Empty
// lines and lines that begin with // do not count.
#ifndef NN_VECTORS_H
#define NN_VECTORS_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// Words of `width` bits, each as 64-bit limbs, the lowest first.
struct Words {
  int width;
  std::size_t count = 0;
  std::vector<std::uint64_t> limbs;

  explicit Words(int width) : width(width) {}

  std::size_t limbs_per_word() const { return (width + 63) / 64; }
  const std::uint64_t* word(std::size_t index) const { return &limbs[index * limbs_per_word()]; }

  std::uint64_t* append() {
    count++;
    limbs.resize(count * limbs_per_word());
    return &limbs[(count - 1) * limbs_per_word()];
  }

  // Reads a file; prints why and returns false where that is impossible.
  bool read(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) {
      std::fprintf(stderr, "error: %s: cannot be read\n", path.c_str());
      return false;
    }
    std::string text;
    char block[1 << 16];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, n);
    std::fclose(file);
    std::size_t line = 0;
    for (std::size_t start = 0; start < text.size();) {
      line++;
      std::size_t end = text.find('\n', start);
      if (end == std::string::npos) end = text.size();
      std::size_t stop = end;
      if (stop > start && text[stop - 1] == '\r') stop--;
      const bool is_comment = text.compare(start, 2, "//") == 0;
      if (stop > start && !is_comment && !parse(text.data() + start, stop - start)) {
        std::fprintf(stderr, "error: %s:%zu: no hexadecimal word of %d bits\n", path.c_str(), line,
                     width);
        return false;
      }
      start = end + 1;
    }
    if (count == 0) std::fprintf(stderr, "error: %s: no words\n", path.c_str());
    return count > 0;
  }

  // `word` in hexadecimal.
  std::string hex(const std::uint64_t* word) const {
    std::string text;
    for (int digit = (width + 3) / 4 - 1; digit >= 0; digit--) {
      text += "0123456789abcdef"[word[digit / 16] >> (digit % 16 * 4) & 15];
    }
    return text;
  }

 private:
  bool parse(const char* digits, std::size_t length) {
    std::uint64_t* word = append();
    for (std::size_t i = 0; i < length; i++) {
      const char c = digits[length - 1 - i];
      std::uint64_t value;
      if (c >= '0' && c <= '9') value = c - '0';
      else if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
      else if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
      else return false;
      if (value == 0) continue;
      int top = 4 * (int)i;
      for (std::uint64_t rest = value; rest; rest >>= 1) top++;
      if (top > width) return false;
      word[i / 16] |= value << (i % 16 * 4);
    }
    return true;
  }
};

class Bench {
 public:
  Words stimulus;
  Words expected;
  std::size_t frames = 0;

  Bench(int in_words, int in_width, int out_words, int out_width)
      : stimulus(in_width), expected(out_width), in_words_(in_words), out_words_(out_words) {}

  // Reads `[--frames N] [--results FILE] [STIMULUS EXPECTED]`; without paths, the files beside the project, or those
  // a tool has copied to where it runs. False, with the reason on stderr, where that fails.
  bool open(int argc, char** argv) {
    std::vector<std::string> paths;
    std::size_t limit = 0;
    for (int i = 1; i < argc; i++) {
      if (std::strcmp(argv[i], "--frames") == 0 && i + 1 < argc) {
        limit = std::strtoul(argv[++i], nullptr, 10);
        if (limit == 0) return usage();
      } else if (std::strcmp(argv[i], "--results") == 0 && i + 1 < argc) {
        results_ = std::fopen(argv[++i], "wb");
        if (!results_) {
          std::fprintf(stderr, "error: %s: cannot be written\n", argv[i]);
          return false;
        }
      } else {
        paths.push_back(argv[i]);
      }
    }
    if (paths.empty()) {
      const std::string folder = exists("stimulus.hex") ? "" : "../tb/vectors/";
      paths = {folder + "stimulus.hex", folder + "expected.hex"};
    }
    if (paths.size() != 2) return usage();
    if (!stimulus.read(paths[0]) || !expected.read(paths[1])) return false;
    frames = stimulus.count / in_words_;
    if (stimulus.count % in_words_ || expected.count != frames * out_words_) {
      std::fprintf(stderr, "error: %zu words of stimulus and %zu expected words are no frames of "
                   "%zu and %zu words\n", stimulus.count, expected.count, in_words_, out_words_);
      return false;
    }
    if (limit > frames) {
      std::fprintf(stderr, "error: the files hold %zu frames, not %zu\n", frames, limit);
      return false;
    }
    if (limit) frames = limit;
    return true;
  }

  // Compares the next word that came out; `last` where its frame ends.
  void check(const std::uint64_t* got, bool last) {
    const std::size_t frame = seen_ / out_words_, beat = seen_ % out_words_;
    seen_++;
    if (results_) std::fprintf(results_, "%s\n", expected.hex(got).c_str());
    if (frame >= frames) {
      report(frame, beat, expected.hex(got) + (last ? " last" : ""), "nothing");
      return;
    }
    const std::uint64_t* want = expected.word(seen_ - 1);
    const bool want_last = beat + 1 == out_words_;
    bool equal = last == want_last;
    for (std::size_t l = 0; l < expected.limbs_per_word(); l++) equal = equal && got[l] == want[l];
    if (!equal) {
      report(frame, beat, expected.hex(got) + (last ? " last" : ""),
             expected.hex(want) + (want_last ? " last" : ""));
    }
  }

  // The last line of the bench, and its exit status.
  int verdict() {
    if (results_ && std::fclose(results_) != 0) {
      std::fprintf(stderr, "error: the results cannot be written\n");
      return 2;
    }
    for (; seen_ < frames * out_words_; seen_++) {
      report(seen_ / out_words_, seen_ % out_words_, "nothing", expected.hex(expected.word(seen_)));
    }
    std::printf("{\"frames\": %zu, \"mismatches\": %zu}\n", frames, mismatches_);
    return mismatches_ == 0 ? 0 : 1;
  }

 private:
  std::size_t in_words_, out_words_;
  std::size_t seen_ = 0;
  // Frames that differ, as far as they were seen.
  std::size_t mismatches_ = 0;
  std::size_t reported_ = 0;
  std::size_t last_bad_frame_ = ~(std::size_t)0;
  // What came out, as a vector file.
  std::FILE* results_ = nullptr;

  void report(std::size_t frame, std::size_t beat, const std::string& got, const std::string& want) {
    if (frame != last_bad_frame_) mismatches_++;
    last_bad_frame_ = frame;
    if (reported_++ < 10) {
      std::fprintf(stderr, "frame %zu beat %zu: got %s, expected %s\n", frame, beat, got.c_str(),
                   want.c_str());
    }
  }

  static bool exists(const char* path) {
    std::FILE* file = std::fopen(path, "rb");
    if (file) std::fclose(file);
    return file != nullptr;
  }

  static bool usage() {
    std::fprintf(stderr, "usage: bench [--frames N] [--results FILE] [STIMULUS EXPECTED]\n");
    return false;
  }
};

#endif
