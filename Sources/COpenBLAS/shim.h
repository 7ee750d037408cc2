#include <cblas.h>

// The square root as one instruction. Swift's goes through libm, which keeps loops from being
// vectorized; both round correctly, so results are the same.
static inline float nncc_sqrt(float x) { return __builtin_elementwise_sqrt(x); }
