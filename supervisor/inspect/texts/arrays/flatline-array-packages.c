/* SPDX-License-Identifier: MIT */
#include "flatline-array-packages.h"

#include "flatline-arrow.h"
#include "flatline-numpy.h"
#include "flatline-pandas.h"

const FlatlineTextPackage flatline_array_packages[] = {
  { "numpy.", flatline_numpy_find_writer },
  { "pandas.", flatline_pandas_find_writer },
  { "pyarrow.", flatline_arrow_find_writer },
  { NULL, NULL },
};
