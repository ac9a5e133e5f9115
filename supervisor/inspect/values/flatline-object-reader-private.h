/* SPDX-License-Identifier: MIT */
/* What flatline-object-reader.c and flatline-object-children.c share. */
#pragma once

#include "flatline-object-reader.h"
#include "flatline-object-text.h"
#include "flatline-sets.h"

G_BEGIN_DECLS

/* Where the last page of a dict or set ended, where the next one begins. */
typedef struct
{
  guint64 address; /* of the container */
  gint64 size;
  guint64 n_before; /* items before the place */
  FlatlineTablePlace place;
} Bookmark;

struct _FlatlineObjectReader
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  FlatlineCodeCache *codes;
  FlatlineCaptureBudget budget;
  gint64 deadline_us;
  gsize text_bytes;
  gsize n_values, max_values; /* 0: no limit */
  GPtrArray *limits;
  GArray *path;      /* addresses of the objects being expanded */
  GString *text;     /* being written; used again for each */
  GArray *text_path; /* of the writer of texts */
  guint n_cuts;      /* how often a circle was ended there, or a limit was met: what is above is not the whole */
  GHashTable *known; /* address + depth -> Known */
  Bookmark bookmark;
  GHashTable *living;
};

/* FALSE once the capture has used up its time or its bytes. */
gboolean
flatline_object_reader_has_budget (FlatlineObjectReader *self);

/* To write texts with, until the next one is made. */
FlatlineTextWriter
flatline_object_reader_create_writer (FlatlineObjectReader *self);

/* The object at @address, with its children if @depth allows it; takes @name. Transfer full. */
FlatlineValue *
flatline_object_reader_read_value (
    FlatlineObjectReader *self, guint64 address, char *name, const char *kind, guint depth);

/* --- flatline-object-children.c --- */

/* Fills the children of @value, which is the object at @address. */
void
flatline_object_reader_add_children (
    FlatlineObjectReader *self, FlatlineValue *value, guint64 address, const FlatlineTypeInfo *type, guint depth);

G_END_DECLS
