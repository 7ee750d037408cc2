// What HDF5 spells as macros that Swift cannot read, as functions.

#ifndef CHDF5SHIM_H
#define CHDF5SHIM_H

#include <hdf5.h>

/// No property list: the defaults.
hid_t nncc_h5_default(void);
/// A new property list for opening files.
hid_t nncc_h5_file_access(void);
/// The types that datasets are read as.
hid_t nncc_h5_float(void);
hid_t nncc_h5_double(void);
hid_t nncc_h5_int64(void);
/// Opens a file for reading only.
hid_t nncc_h5_open_read_only(const char *name, hid_t access);

#endif
