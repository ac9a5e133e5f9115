/* SPDX-License-Identifier: MIT */
/* The text of objects, as repr() writes it. Internal to the object reader. */
#pragma once

#include "flatline-code.h"
#include "flatline-types.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  FlatlineCodeCache *codes;
  gsize max_bytes;    /* of the whole text */
  guint max_items;    /* of one container */
  GArray *path;       /* addresses of what is being written: a cycle ends there; 0: it does not guard itself */
  GHashTable *living; /* addresses: of classes of threads, of their threading._active, and of the threads in it */
  gboolean truncated; /* something was left out */
} FlatlineTextWriter;

/* Appends the text of the object at @address; a NULL object is "<NULL>". */
void
flatline_text_append_object (FlatlineTextWriter *self, GString *text, guint64 address);

/* Before each item of a container: a comma where one is due. FALSE, and "…" written, when the text is long enough or
 * the item one too many. */
gboolean
flatline_text_begin_item (FlatlineTextWriter *self, GString *text, guint64 n_before);

/* "item, item, …" of a list, tuple, deque. */
void
flatline_text_append_items (FlatlineTextWriter *self, GString *text, guint64 sequence);

/* "[item, item, …]" of the same. */
void
flatline_text_append_as_list (FlatlineTextWriter *self, GString *text, guint64 address);

/* "{key: value, …}" of any dict, whatever its class; "{...}" when this dict is being written already. */
void
flatline_text_append_dict_once (FlatlineTextWriter *self, GString *text, guint64 address);

/* What repr() makes of a str with this text. */
void
flatline_text_append_utf8 (GString *text, const char *string);

/* The same of bytes. */
void
flatline_text_append_bytes (GString *text, const guint8 *bytes, gsize n);

G_END_DECLS
