/* SPDX-License-Identifier: MIT */
/* The packages of arrays and tables that are known: numpy, pandas, pyarrow. */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

/* For flatline_type_cache_set_packages(). */
extern const FlatlineTextPackage flatline_array_packages[];

G_END_DECLS
