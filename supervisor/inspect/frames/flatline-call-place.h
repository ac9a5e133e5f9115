/* SPDX-License-Identifier: MIT */
/* Where a call is in its source, for stacks that are compared by pointers. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A call's place, kept as long as the cache of code objects that found it. */
typedef struct
{
  const char *file, *function, *qualified_name;
  gint line, end_line, column, end_column; /* 1-based, 0 unknown */
} FlatlineCallPlace;

typedef struct _FlatlineCodeCache FlatlineCodeCache; /* flatline-code.h */

G_END_DECLS
