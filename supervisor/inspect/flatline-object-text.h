/* SPDX-License-Identifier: MIT */
/* The text of objects, as repr() writes it. Internal to the object reader. */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  gsize max_bytes;    /* of the whole text */
  guint max_items;    /* of one container */
  GArray *path;       /* addresses of the containers being written: a cycle ends there */
  gboolean truncated; /* something was left out */
} FlatlineTextWriter;

/* Appends the text of the object at @address; a NULL object is "<NULL>". */
void
flatline_text_append_object (FlatlineTextWriter *self, GString *text, guint64 address);

G_END_DECLS
