/* SPDX-License-Identifier: MIT */
/*
 * Shared libraries that are opened when they are first needed: who never needs one neither waits for it nor has to have
 * it. Their functions are members of a table.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  gsize offset; /* of the pointer in the table */
} FlatlineLibraryFunction;

/* One of an array of these; @Table is the type of the table, which has a member of the same name. */
#define FLATLINE_LIBRARY_FUNCTION(Table, member)                                                                       \
  {                                                                                                                    \
    .name = #member, .offset = G_STRUCT_OFFSET (Table, member)                                                         \
  }

/*
 * Opens @file ("libdw.so.1"), for good, and fills @table. @binding: RTLD_NOW, or RTLD_LAZY of dlopen(3). Returns NULL
 * when all of @functions are there, else what is wrong, in the words of the linker. Transfer full.
 */
char *
flatline_opened_library_fill (
    const char *file, int binding, const FlatlineLibraryFunction *functions, gsize n, gpointer table);

G_END_DECLS
