/* SPDX-License-Identifier: MIT */
/* FlatlineStoreQueue: one mutex, two conditions: work for the thread, news for those who wait. */
#include "flatline-store-queue.h"

#define BATCH_DELAY_US   (200 * 1000)
#define MAX_QUEUED_BEATS 500000

struct _FlatlineStoreQueue
{
  GMutex mutex;
  GCond wake;    /* the thread: there is something to do */
  GCond settled; /* whoever waits for a flush or a decision */
  GArray *jobs;
  guint64 n_queued, n_settled, n_dropped, n_spooled;
  gboolean at_once, news, decided, ending;
  guint n_urgent;            /* flushes that were waiting for too long */
  gint64 oldest_us;          /* when the first of the jobs came, monotonic */
  FlatlineDatabase *awaited; /* what such a flush may cut */
};

FlatlineStoreQueue *
flatline_store_queue_new (void)
{
  FlatlineStoreQueue *self = g_new0 (FlatlineStoreQueue, 1);

  self->jobs = flatline_store_job_list_new ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->wake);
  g_cond_init (&self->settled);
  return self;
}

void
flatline_store_queue_free (FlatlineStoreQueue *self)
{
  g_array_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->settled);
  g_free (self);
}

void
flatline_store_queue_push (FlatlineStoreQueue *self, FlatlineStoreJob job)
{
  gboolean is_beat = job.kind == FLATLINE_STORE_ADD_BEAT;

  g_mutex_lock (&self->mutex);
  if (is_beat && self->jobs->len >= MAX_QUEUED_BEATS)
    {
      self->n_dropped++;
      g_mutex_unlock (&self->mutex);
      flatline_store_job_clear (&job);
      return;
    }
  if (self->jobs->len == 0)
    self->oldest_us = g_get_monotonic_time ();
  g_array_append_val (self->jobs, job);
  self->n_queued++;
  self->at_once = self->at_once || !is_beat;
  if (self->at_once || self->jobs->len == 1 || self->jobs->len == FLATLINE_STORE_MAX_BATCH)
    g_cond_signal (&self->wake);
  g_mutex_unlock (&self->mutex);
}

gboolean
flatline_store_queue_flush (FlatlineStoreQueue *self, guint timeout_ms)
{
  const gint64 start_us = g_get_monotonic_time ();
  const gint64 cut_us = start_us + timeout_ms * G_GINT64_CONSTANT (600);
  const gint64 end_us = start_us + timeout_ms * G_GINT64_CONSTANT (1000);
  gboolean fine = TRUE, cut = FALSE;
  guint64 wanted;

  g_mutex_lock (&self->mutex);
  wanted = self->n_queued;
  while (fine && self->n_settled < wanted)
    {
      self->at_once = TRUE;
      g_cond_signal (&self->wake);
      if (g_cond_wait_until (&self->settled, &self->mutex, cut ? end_us : cut_us))
        continue;
      fine = !cut;
      /* The server keeps us waiting: without it, what is left goes to the spool. */
      if (!cut && self->awaited)
        flatline_database_abort (self->awaited);
      self->n_urgent += !cut;
      self->news = TRUE;
      cut = TRUE;
    }
  self->n_urgent -= cut;
  g_mutex_unlock (&self->mutex);
  return fine;
}

gboolean
flatline_store_queue_wait_for_decision (FlatlineStoreQueue *self, guint timeout_ms)
{
  const gint64 end_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  gboolean decided;

  g_mutex_lock (&self->mutex);
  while (!self->decided && g_cond_wait_until (&self->settled, &self->mutex, end_us))
    ;
  decided = self->decided;
  g_mutex_unlock (&self->mutex);
  return decided;
}

guint64
flatline_store_queue_count_spooled (FlatlineStoreQueue *self)
{
  guint64 n;

  g_mutex_lock (&self->mutex);
  n = self->n_spooled;
  g_mutex_unlock (&self->mutex);
  return n;
}

void
flatline_store_queue_wake (FlatlineStoreQueue *self)
{
  g_mutex_lock (&self->mutex);
  self->news = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->mutex);
}

void
flatline_store_queue_end (FlatlineStoreQueue *self)
{
  g_mutex_lock (&self->mutex);
  self->ending = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->mutex);
}

gboolean
flatline_store_queue_gather (FlatlineStoreQueue *self, GArray *pending, gint64 look_us)
{
  gboolean go_on;

  g_mutex_lock (&self->mutex);
  while (!self->ending && !self->news && g_get_monotonic_time () < look_us)
    {
      gint64 until_us = look_us;

      if (self->jobs->len > 0)
        {
          if (self->at_once || self->jobs->len >= FLATLINE_STORE_MAX_BATCH
              || g_get_monotonic_time () >= self->oldest_us + BATCH_DELAY_US)
            break;
          until_us = MIN (until_us, self->oldest_us + BATCH_DELAY_US);
        }
      g_cond_wait_until (&self->wake, &self->mutex, until_us);
    }
  self->news = FALSE;
  self->at_once = FALSE;
  /* What cannot be written now stays in the queue, which is bounded. */
  if (pending->len < FLATLINE_STORE_MAX_BATCH && self->jobs->len > 0)
    {
      GArray *taken = self->jobs;

      self->jobs = flatline_store_job_list_new ();
      g_array_append_vals (pending, taken->data, taken->len);
      g_array_set_clear_func (taken, NULL);
      g_array_unref (taken);
    }
  go_on = !self->ending;
  g_mutex_unlock (&self->mutex);
  return go_on;
}

void
flatline_store_queue_publish (FlatlineStoreQueue *self, guint n_settled, guint64 n_spooled, gboolean decided)
{
  g_mutex_lock (&self->mutex);
  self->n_spooled = n_spooled;
  self->n_settled += n_settled;
  self->decided = self->decided || decided;
  g_cond_broadcast (&self->settled);
  g_mutex_unlock (&self->mutex);
}

gboolean
flatline_store_queue_is_decided (FlatlineStoreQueue *self)
{
  gboolean decided;

  g_mutex_lock (&self->mutex);
  decided = self->decided;
  g_mutex_unlock (&self->mutex);
  return decided;
}

gboolean
flatline_store_queue_is_urgent (FlatlineStoreQueue *self)
{
  gboolean urgent;

  g_mutex_lock (&self->mutex);
  urgent = self->n_urgent > 0 || self->ending;
  g_mutex_unlock (&self->mutex);
  return urgent;
}

guint64
flatline_store_queue_take_dropped (FlatlineStoreQueue *self)
{
  guint64 n;

  g_mutex_lock (&self->mutex);
  n = self->n_dropped;
  self->n_dropped = 0;
  g_mutex_unlock (&self->mutex);
  return n;
}

void
flatline_store_queue_set_awaited (FlatlineStoreQueue *self, FlatlineDatabase *awaited)
{
  g_mutex_lock (&self->mutex);
  self->awaited = awaited;
  g_mutex_unlock (&self->mutex);
}
