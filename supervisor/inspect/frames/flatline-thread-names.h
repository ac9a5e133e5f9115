/* SPDX-License-Identifier: MIT */
/* What `threading` knows of the threads: names, daemon flags; and native ids for versions that do not keep them. */
#pragma once

#include "flatline-stack-walk.h"
#include "flatline-types.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 ident;
  char *name;
  gboolean is_daemon;
  gint64 native_id; /* 0 unknown */
} FlatlineThreadName;

/* The threads of threading._active in the interpreter at @interp. By ident, FlatlineThreadName; transfer full. */
GHashTable *
flatline_thread_names_read (FlatlineTarget *target, FlatlineTypeCache *types, guint64 interp);

/* The entry of @ident, or NULL; borrowed. */
FlatlineThreadName *
flatline_thread_names_find (GHashTable *names, guint64 ident);

G_END_DECLS
