/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreWriter: the thread that gets what is to be kept to where it belongs. Whoever queues never waits: the
 * queue takes what comes (beats are dropped, and counted, when it is full), the thread writes batches. With a server:
 * what it does not take now goes to the spool and from there to the server when it is back, in order, exactly once. A
 * server that is the wrong one is given up for a file on this machine.
 */
#pragma once

#include "flatline-store-job.h"
#include "flatline-store-place.h"
#include "flatline-store-queue.h"
#include "flatline-store.h"

G_BEGIN_DECLS

typedef struct _FlatlineStoreWriter FlatlineStoreWriter;

/* Called from the writer's thread. */
typedef struct
{
  void (*trouble) (const char *line, gpointer data);
  void (*freezes_changed) (gpointer data);
  void (*fell_back) (gpointer data); /* the server was given up: the file has everything from now on */
} FlatlineStoreWriterEvents;

/* @file: an open connection to it, transfer full. @spool_folder: its own for each place, here and below. */
FlatlineStoreWriter *
flatline_store_writer_new_for_file (FlatlineDatabase *file,
                                    const char *spool_folder,
                                    const FlatlineStoreWriterEvents *events,
                                    gpointer data);

/* @fallback: the file that is written when the server is the wrong one. */
FlatlineStoreWriter *
flatline_store_writer_new_for_server (const FlatlineServer *server,
                                      FlatlineStorePlace *fallback,
                                      const char *spool_folder,
                                      const FlatlineStoreWriterEvents *events,
                                      gpointer data);

/* Writes or spools what is queued, then ends. */
void
flatline_store_writer_free (FlatlineStoreWriter *self);

/* Where those who write put their jobs, and wait for them; lives as long as the writer. */
FlatlineStoreQueue *
flatline_store_writer_get_queue (FlatlineStoreWriter *self);

/* What is too old is taken away from now on, a step a second, when there is nothing to be written. */
void
flatline_store_writer_set_retention (FlatlineStoreWriter *self, const FlatlineRetention *retention);

G_END_DECLS
