/* SPDX-License-Identifier: MIT */
/* The scalars and arrays of numpy. Internal to the object reader. */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

/* How the objects of the type of C @name ("numpy.float32") are written, NULL when it is none of numpy's. */
FlatlineLibraryTextFunc
flatline_numpy_find_writer (FlatlineTypeCache *types, const char *name);

G_END_DECLS
