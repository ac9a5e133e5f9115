/* SPDX-License-Identifier: MIT */
/* FlatlineStoreWriter's inside: flatline-store-writer.c is its way, flatline-store-writer-failures.c what comes
 * between. */
#pragma once

#include "flatline-store-backlog.h"
#include "flatline-store-connector.h"
#include "flatline-store-pruning.h"
#include "flatline-store-sink.h"
#include "flatline-store-writer.h"

G_BEGIN_DECLS

#define FLATLINE_STORE_RETRY_US G_USEC_PER_SEC

struct _FlatlineStoreWriter
{
  FlatlineStoreWriterEvents events;
  gpointer data;
  GThread *thread;
  FlatlineStoreQueue *queue;

  GMutex mutex; /* of the next two */
  FlatlineRetention retention;
  gint64 next_prune_us; /* monotonic; 0: never */

  /* The thread's own */
  FlatlineStorePlace *fallback;
  FlatlineStoreConnector *connector; /* NULL: a file */
  FlatlineStoreSink *sink;           /* NULL while the server is away, or the file */
  FlatlineStoreBacklog *backlog;
  GArray *pending;
  GHashTable *open_runs; /* uid -> FlatlineRun that goes on */
  char *file_name;       /* that is written; NULL: none yet */
  guint64 file_inode;    /* of it */
  guint batch; /* jobs in a transaction: fewer after a failure, since the server may have dropped us for their number */
  FlatlineStorePruning pruning;
  gint64 connect_deadline_us, next_try_us, next_seen_us;
  gboolean trouble_told;
  gint64 next_away_us; /* a server that comes and goes is told once a minute */
};

/* The thread's own functions */

/* What others may ask for. */
void
flatline_store_writer_publish (FlatlineStoreWriter *self, guint n_settled, gboolean decided);

/* @database: what is written from now on, transfer full; NULL: the server is away. */
void
flatline_store_writer_set_sink (FlatlineStoreWriter *self, FlatlineDatabase *database);

/* What the database said last: later is another chance, or never. */
void
flatline_store_writer_handle_failure (FlatlineStoreWriter *self, GError *error);

/* The server is the wrong one: everything goes to the file from now on. */
void
flatline_store_writer_fall_back (FlatlineStoreWriter *self, const char *why);

/* Whoever removed or moved the file meanwhile has what was in it; what comes goes into a new one of its name. */
void
flatline_store_writer_follow_file (FlatlineStoreWriter *self);

/* It was away a moment ago, which was told, and is again, which was not. */
gboolean
flatline_store_writer_is_flapping (FlatlineStoreWriter *self);

void
flatline_store_writer_tell_away (FlatlineStoreWriter *self, GError *error);

G_END_DECLS
