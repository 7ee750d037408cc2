// hls_stream.h - a stand-in for the vendor's header, so that g++ alone can run a C simulation.
//
// First in, first out, without bound. Reading an empty stream is an error in the design or its
// bench and ends the program. The vendor's tool must use its own header: keep this folder off its
// include path.
#ifndef NNCC_HLS_STREAM_H
#define NNCC_HLS_STREAM_H

#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#error "sim/hls_stream.h is for g++ only: take this folder off the include path"
#endif

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>

namespace hls {

template <typename T, int DEPTH = 0>
class stream {
 public:
  stream() : name_("unnamed") {}
  explicit stream(const char* name) : name_(name) {}

  // A stream is a wire with a memory: it has one writer and one reader, and no copies.
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  bool empty() const { return elements_.empty(); }
  bool full() const { return false; }
  std::size_t size() const { return elements_.size(); }

  void write(const T& element) { elements_.push_back(element); }

  T read() {
    if (elements_.empty()) {
      std::fprintf(stderr, "error: hls::stream '%s' was read while it was empty\n", name_.c_str());
      std::exit(3);
    }
    T element = std::move(elements_.front());
    elements_.pop_front();
    return element;
  }

  void read(T& element) { element = read(); }

  bool write_nb(const T& element) {
    write(element);
    return true;
  }

  bool read_nb(T& element) {
    if (elements_.empty()) return false;
    element = read();
    return true;
  }

  void operator<<(const T& element) { write(element); }
  void operator>>(T& element) { element = read(); }

 private:
  std::string name_;
  std::deque<T> elements_;
};

}  // namespace hls

#endif
