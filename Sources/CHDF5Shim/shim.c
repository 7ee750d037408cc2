#include "CHDF5Shim.h"

hid_t nncc_h5_default(void) { return H5P_DEFAULT; }
hid_t nncc_h5_file_access(void) { return H5Pcreate(H5P_FILE_ACCESS); }
hid_t nncc_h5_float(void) { return H5T_NATIVE_FLOAT; }
hid_t nncc_h5_double(void) { return H5T_NATIVE_DOUBLE; }
hid_t nncc_h5_int64(void) { return H5T_NATIVE_INT64; }
hid_t nncc_h5_open_read_only(const char *name, hid_t access) {
  return H5Fopen(name, H5F_ACC_RDONLY, access);
}
