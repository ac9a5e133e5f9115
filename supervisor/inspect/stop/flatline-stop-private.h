/* SPDX-License-Identifier: MIT */
/* FlatlineStop between who holds (flatline-stop.c) and the waiting until all stand (flatline-stop-waiting.c). */
#pragma once

#include "flatline-exit-watch.h"

#include <pthread.h>
#include <sched.h>

G_BEGIN_DECLS

typedef struct
{
  pid_t tid;
  gboolean stopped;
  int status; /* for what, as waitid(2) tells it */
} Seized;

struct _FlatlineStop
{
  gint64 pid;
  gint64 max_us, held_us;
  gboolean was_cut_short;
  gboolean is_patient;
  const FlatlineSleepers *spared; /* not to be stopped, NULL none; borrowed */
  gint64 first_tid;               /* 0: all go at once */
  gint64 first_us;
  GArray *held; /* FlatlineHeldThread */
  guint n_running;

  FlatlineExitWatch *lender; /* in whose thread it is held; NULL: in one of its own */
  pthread_t holder;          /* waits until it is asked, or is at it */
  gboolean has_holder;
  int door;    /* open while another Flatline, which watches for the end of the process, steps aside; -1 */
  GMutex lock; /* what follows */
  GCond changed;
  gboolean is_asked; /* the holder is to hold, or does */
  gboolean is_dismissed;
  gboolean is_ready;  /* all are stopped, or there is an error */
  gboolean is_over;   /* let go */
  gboolean is_cut;    /* the holder let go by itself */
  gboolean was_woken; /* by the guard, out of being stopped */
  gint64 pause_us;
  GError *error;

  pid_t reader;
  int reader_policy; /* as it was, -1 unknown */
  struct sched_param reader_priority;
};

/* One pause, as its holder has it. */
typedef struct
{
  FlatlineStop *stop;
  GArray *threads;   /* Seized */
  GHashTable *index; /* tid -> its place + 1 */
  gint64 begin_us;   /* of the first interrupt */
  gint64 deadline_us;
} Pause;

/* @lent: to whom the threads belong that are held; NULL: nobody has them. */
void
flatline_stop_hold (FlatlineStop *self, const FlatlineLent *lent);

/*
 * flatline-stop-holder.c: asks the thread that holds to begin, FALSE when none can be had; waits for its end; or ends
 * it if it was not asked.
 */
gboolean
flatline_stop_ask_holder (FlatlineStop *self, GError **error);
void
flatline_stop_join_holder (FlatlineStop *self);
void
flatline_stop_dismiss_holder (FlatlineStop *self);
/* A reader that the guard woke out of being stopped stops itself again, once. */
void
flatline_stop_go_back (FlatlineStop *self);

/* flatline-stop-waiting.c: of the threads of a pause, in the thread that traces them. */
Seized *
flatline_pause_find (Pause *pause, pid_t tid);
void
flatline_pause_add (Pause *pause, pid_t tid);

/* Asked without taking note of the end: that is for the parent to do. */
gboolean
flatline_pause_has_ended (pid_t tid);

/* It sleeps where no signal reaches it. */
gboolean
flatline_pause_is_uninterruptible (gint64 pid, pid_t tid);

/* After all were interrupted: until all have stopped that will. */
void
flatline_pause_wait (Pause *pause, gint64 deadline_us);

G_END_DECLS
