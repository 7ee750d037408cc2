// nn_arith.h - the arithmetic of the layers, on exact integers.
//
// A value of the network is an integer times a power of two: the integer is an ap_int or ap_uint of
// exactly the bits it needs, the power of two stands in the comment behind it. Integers of different
// powers are aligned by constant shifts before they meet.
//
// Sums are kept in W bits: the exact sum modulo 2^W. They are functions rather than operators
// because g++ chooses among some hundred templates for each `+` and `<<` of an ap_int: on 10,000
// adders this form compiles six to ten times faster. In hardware there is no difference.
#ifndef NN_ARITH_H
#define NN_ARITH_H

#include <ap_fixed.h>
#include <ap_int.h>

namespace nn {

// The low W bits of `a`, sign- or zero-extended from its own width.
template <int W, class A>
inline ap_int<W> low(const A& a) {
#pragma HLS INLINE
  return ap_int<W>(a);
}

template <int W>
inline ap_int<W> plus(const ap_int<W>& a, const ap_int<W>& b) {
#pragma HLS INLINE
  return a + b;
}

template <int W>
inline ap_int<W> minus(const ap_int<W>& a, const ap_int<W>& b) {
#pragma HLS INLINE
  return a - b;
}

template <int W>
inline ap_int<W> shifted(const ap_int<W>& a, int s) {
#pragma HLS INLINE
  return a << s;
}

// a + b
template <int W, class A, class B>
inline ap_int<W> add(const A& a, const B& b) {
#pragma HLS INLINE
  return plus<W>(low<W>(a), low<W>(b));
}

// a - b
template <int W, class A, class B>
inline ap_int<W> sub(const A& a, const B& b) {
#pragma HLS INLINE
  return minus<W>(low<W>(a), low<W>(b));
}

// -a
template <int W, class A>
inline ap_int<W> neg(const A& a) {
#pragma HLS INLINE
  return minus<W>(ap_int<W>(0), low<W>(a));
}

// a * 2^s, 0 <= s < W
template <int W, class A>
inline ap_int<W> shl(const A& a, int s) {
#pragma HLS INLINE
  return shifted<W>(low<W>(a), s);
}

// a * 2^-s, rounded down; 0 <= s < width of a
template <int W, class A>
inline ap_int<W> shr(const A& a, int s) {
#pragma HLS INLINE
  return low<W>(A(a >> s));
}

// max(a, 0)
template <class A>
inline A relu(const A& a) {
#pragma HLS INLINE
  return a < 0 ? A(0) : a;
}

// a < b, both at the same power of two; W bits hold either
template <int W, class A, class B>
inline ap_uint<1> less(const A& a, const B& b) {
#pragma HLS INLINE
  return low<W>(a) < low<W>(b) ? 1 : 0;
}

// a where c is not zero, else b
template <int W, class C, class A, class B>
inline ap_int<W> select(const C& c, const A& a, const B& b) {
#pragma HLS INLINE
  return c != 0 ? low<W>(a) : low<W>(b);
}

// The integer a * 2^-F as a fixed-point number: the same bits with a binary point.
template <int F, int W>
inline ap_fixed<W, W - F> as_fixed(const ap_int<W>& a) {
#pragma HLS INLINE
  ap_fixed<W, W - F> x;
  x.range() = a;
  return x;
}

template <int F, int W>
inline ap_ufixed<W, W - F> as_fixed(const ap_uint<W>& a) {
#pragma HLS INLINE
  ap_ufixed<W, W - F> x;
  x.range() = a;
  return x;
}

// The bits of a fixed-point number as an integer.
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
inline ap_int<W> bits(const ap_fixed<W, I, Q, O, N>& x) {
#pragma HLS INLINE
  ap_int<W> a = x.range();
  return a;
}

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
inline ap_uint<W> bits(const ap_ufixed<W, I, Q, O, N>& x) {
#pragma HLS INLINE
  ap_uint<W> a = x.range();
  return a;
}

// The integer type of a fixed-point type.
template <class Q>
struct integer_of;

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct integer_of<ap_fixed<W, I, Q, O, N> > {
  typedef ap_int<W> type;
};

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct integer_of<ap_ufixed<W, I, Q, O, N> > {
  typedef ap_uint<W> type;
};

// The bits of a * 2^-F after conversion to Q, whose modes round it and keep it in range.
template <class Q, int F, class A>
inline typename integer_of<Q>::type quantize(const A& a) {
#pragma HLS INLINE
  return bits(Q(as_fixed<F>(a)));
}

}  // namespace nn

#endif
