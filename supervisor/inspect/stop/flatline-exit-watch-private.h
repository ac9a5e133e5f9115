/* SPDX-License-Identifier: MIT */
/* FlatlineExitWatch between those who want something of it (flatline-exit-watch.c) and its tracer's thread. */
#pragma once

#include "flatline-exit-watch.h"
#include "flatline-tracees.h"

#include <pthread.h>

G_BEGIN_DECLS

/* Makes the tracer look at what is wanted of it. */
#define FLATLINE_EXIT_WAKE_SIGNAL (SIGRTMAX - 5)
/* A thread in uninterruptible sleep is not waited for any longer, microseconds. */
#define FLATLINE_EXIT_ASIDE_US (200 * 1000)

typedef enum
{
  FLATLINE_WANT_WATCH,
  FLATLINE_WANT_ASIDE,
  FLATLINE_WANT_END,
} FlatlineWanted;

struct _FlatlineExitWatch
{
  gatomicrefcount ref_count;
  gint64 pid;
  FlatlineExitWatchFunc function;
  gpointer user_data;
  GDestroyNotify destroy;
  GThread *thread;

  /* The tracer's own */
  FlatlineTracees *tracees;
  gboolean has_read; /* its death has been told: it is not told twice */
  gboolean is_kept;  /* a signal stops it, or somebody else has it */

  GMutex lock; /* what follows */
  GCond changed;
  pthread_t tracer;
  gboolean has_tracer;
  FlatlineWanted wanted;
  guint n_aside;          /* who asked for it to step aside */
  FlatlineStop *borrower; /* has all threads, or wants them */
  gboolean is_lent;
  gboolean wants_hold; /* somebody wants all threads to stand still at once */
  gboolean is_holding;
  gboolean is_let_go;
  gboolean has_begun; /* it traces what it may */
  gboolean is_clear;  /* it traces nothing */
  gboolean is_over;
  gboolean is_unwanted;
};

/* flatline-exit-tracer.c: the thread, from its begin to its end; consumes a reference to the FlatlineExitWatch. */
gpointer
flatline_exit_tracer_run (gpointer watch);

G_END_DECLS
