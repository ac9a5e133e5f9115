/* SPDX-License-Identifier: MIT */
/* FlatlineStore's inside: flatline-store.c writes, flatline-store-reading.c reads. */
#pragma once

#include "flatline-store-place.h"
#include "flatline-store-writer.h"
#include "flatline-store.h"

G_BEGIN_DECLS

struct _FlatlineStore
{
  GObject parent_instance;
  FlatlineStoreWriter *writer;
  GMainContext *context; /* where signals are emitted */

  GMutex mutex;
  FlatlineStorePlace *place;
  FlatlineStorePlace *fallback;      /* NULL: a file */
  gboolean fell_back;                /* the writer did: the server may still do for reading */
  FlatlineStorePlace *reading_place; /* which of the two then, once it is known */
  GPtrArray *idle_readers;
  gint64 next_seq;
  char *run_uid; /* GRefString of the last beat */
};

/* In the thread that opened the store: "trouble" with @line, or "freezes-changed" when it is NULL. */
void
flatline_store_announce (FlatlineStore *self, const char *line);

G_END_DECLS
