/* SPDX-License-Identifier: MIT */
/*
 * FlatlineCode: a code object read once and kept by its address. Before it is used in a later capture its identity is
 * checked, since the target may have freed it and put another there.
 */
#pragma once

#include "flatline-call-place.h"
#include "flatline-lines.h"
#include "flatline-stack-walk.h"
#include "flatline-target.h"

G_BEGIN_DECLS

#define FLATLINE_KIND_LOCAL 0x20 /* CO_FAST_LOCAL, CO_FAST_CELL, CO_FAST_FREE: Include/internal/pycore_code.h */
#define FLATLINE_KIND_CELL  0x40
#define FLATLINE_KIND_FREE  0x80

typedef struct
{
  guint64 address;
  guint64 identity[4]; /* pointers to file name, name and line table, and the first line */
  guint checked;       /* the capture in which the identity was last checked */
  guint shown;         /* capture in which its globals were shown */
  char *file, *name, *qualified_name;
  gint first_line, n_locals; /* n_locals: all slots before the value stack */
  gint firsttraceable;
  guint64 instructions; /* address of the first, 0 before 3.11 */
  guint8 *line_table;
  gsize line_table_length;
  char **names;         /* of the slots, NULL until asked for */
  guint8 *kinds;        /* FLATLINE_KIND_* of each */
  gint n_arguments;     /* of the slots, the first; known with the names */
  GHashTable *place_at; /* instruction offset -> FlatlineCallPlace, NULL until asked for */
  GPtrArray *places;    /* owns them */
  gint64 looked_offset; /* of the instruction that was looked up last; -1 none */
  FlatlinePlace looked;
  gboolean looked_found;
} FlatlineCode;

FlatlineCodeCache *
flatline_code_cache_new (FlatlineTarget *target);
/* Who keeps places of it beyond its target keeps it, too: places do not ask the target any more. */
FlatlineCodeCache *
flatline_code_cache_ref (FlatlineCodeCache *self);
void
flatline_code_cache_unref (FlatlineCodeCache *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineCodeCache, flatline_code_cache_unref)

/* A new capture begins: what is kept will be checked once more before it is used. */
void
flatline_code_cache_begin (FlatlineCodeCache *self);

/* Those of @frames are about to be asked for: brings what is not known yet at one go. */
void
flatline_code_cache_expect (FlatlineCodeCache *self, const FlatlineFrameState *frames, guint n);

/* The code object at @address, NULL when there is none; borrowed, valid until the next begin. */
FlatlineCode *
flatline_code_cache_find (FlatlineCodeCache *self, guint64 address);

/*
 * The place of the instruction at @offset of @code; where its frame names another line, no more than @line, which is 0
 * where it names none. FALSE where the table of lines does not cover it, and nothing is named.
 */
gboolean
flatline_code_find_place (FlatlineCodeCache *self, FlatlineCode *code, gint64 offset, gint line, FlatlinePlace *place);

/* The same as one pointer for one place, which stays when the target puts other code there. Lines are 0 where it is
 * FALSE. */
const FlatlineCallPlace *
flatline_code_cache_find_place (FlatlineCodeCache *self, FlatlineCode *code, gint64 offset, gint line);

/* Fills code->names and ->kinds. FALSE when they cannot be read. */
gboolean
flatline_code_cache_read_names (FlatlineCodeCache *self, FlatlineCode *code);

/* TRUE the first time that it is asked for @code in a capture: what functions share is shown once. */
gboolean
flatline_code_cache_is_first (FlatlineCodeCache *self, FlatlineCode *code);

G_END_DECLS
