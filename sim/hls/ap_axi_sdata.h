// ap_axi_sdata.h - a stand-in for the vendor's header: the beat of an AXI4-Stream.
//
// Only what nncc's designs use: no user, id or destination signals.
#ifndef NNCC_AP_AXI_SDATA_H
#define NNCC_AP_AXI_SDATA_H

#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#error "sim/ap_axi_sdata.h is for g++ only: take this folder off the include path"
#endif

#include <ap_int.h>

template <int D, int U = 0, int TI = 0, int TD = 0>
struct ap_axiu {
  static_assert(U == 0 && TI == 0 && TD == 0, "this stand-in has no user, id or destination");
  ap_uint<D> data;
  ap_uint<(D + 7) / 8> keep;
  ap_uint<(D + 7) / 8> strb;
  ap_uint<1> last;
};

#endif
