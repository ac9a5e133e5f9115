/* SPDX-License-Identifier: MIT */
/* FlatlineItemBatch: some thousand items of a large container in a row, and those of them that somebody looks for. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *values; /* FlatlineValue: those that match */
  GArray *numbers;   /* guint64: the place of each in the container */
  guint n_looked_at; /* items; 0: there are no more */
  gint64 size;       /* of the container now; -1 unknown */
} FlatlineItemBatch;

/* How an item matches. */
typedef enum
{
  FLATLINE_ITEM_HAS,      /* its name, text or type has the words, in small or capital letters */
  FLATLINE_ITEM_IS_NAMED, /* the words are its index or key, as Python writes it or without its quotes */
} FlatlineItemMatch;

/* Of the children of @container, which begin with its item number @first_item. */
FlatlineItemBatch *
flatline_item_batch_new (FlatlineValue *container, guint64 first_item, const char *words, FlatlineItemMatch match);

void
flatline_item_batch_free (FlatlineItemBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineItemBatch, flatline_item_batch_free)

G_END_DECLS
