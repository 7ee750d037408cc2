// weight_check.h - compares a layer's sums with its weight matrix during C simulation.
#ifndef NN_WEIGHT_CHECK_H
#define NN_WEIGHT_CHECK_H

#include <cstdio>
#include <cstdlib>

// Whether `sum`, the integer a layer computed by shifts and adds, is (bias + weight * inputs) * 2^shift in
// the bits it stores. Ends the program where it is not.
template <class Bias, class Weight, int Columns, class Sum>
void check_row(const char* layer, int row, Bias bias, const Weight (&weight)[Columns],
               const long long (&inputs)[Columns], const Sum& sum, int shift) {
  // Modulo 2^64, of which the stored bits are the lowest.
  unsigned long long total = (long long)bias;
  for (int c = 0; c < Columns; c++) {
    total += (unsigned long long)((long long)weight[c]) * (unsigned long long)inputs[c];
  }
  const long long exact =
      shift >= 0 ? (long long)(shift > 63 ? 0 : total << shift)
                 : (long long)total >> (shift < -63 ? 63 : -shift);
  if (Sum(exact) != sum) {
    std::fprintf(stderr, "error: %s: sum %d is %lld, but its weights give %lld\n", layer, row,
                 (long long)sum.to_int64(), (long long)Sum(exact).to_int64());
    std::exit(4);
  }
}

#endif
