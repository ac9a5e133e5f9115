/* SPDX-License-Identifier: MIT */
/* One mutex, one condition: the thread waits for work, callers wait for room or for emptiness. */
#include "config.h"

#include "flatline-output-queue.h"

#include <errno.h>
#include <unistd.h>

#define MAX_QUEUED_BYTES (64 * 1024 * 1024)

typedef struct
{
  int descriptor;
  GBytes *bytes;
} Piece;

struct _FlatlineOutputQueue
{
  GMutex mutex;
  GCond changed;
  GThread *thread;
  GQueue ready; /* Piece */
  GQueue held;  /* Piece */
  gsize queued_bytes;
  gboolean hold;
  gboolean writing;
  gboolean ending;
  gboolean finished;
  int failures[3]; /* errno of the first */
  GSourceFunc on_broken;
  gpointer user_data;
  GSource *telling; /* of it, on its way to the main thread; NULL none */
};

static void
piece_free (gpointer data)
{
  Piece *piece = data;

  g_bytes_unref (piece->bytes);
  g_free (piece);
}

/* 0, or errno. */
static int
write_all (int descriptor, GBytes *bytes)
{
  gsize left;
  const char *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize written = write (descriptor, data, left);

      if (written < 0 && errno == EAGAIN)
        {
          /* Somebody who shares our terminal made it non-blocking. */
          GPollFD poll_fd = { .fd = descriptor, .events = G_IO_OUT };

          g_poll (&poll_fd, 1, -1);
          continue;
        }
      if (written < 0 && errno != EINTR)
        return errno;
      if (written > 0)
        {
          data += written;
          left -= written;
        }
    }
  return 0;
}

/* With the mutex held. Who lets go of the queue is told then. */
static void
tell_broken (FlatlineOutputQueue *self)
{
  if (self->ending)
    return;
  g_clear_pointer (&self->telling, g_source_unref);
  self->telling = g_idle_source_new ();
  g_source_set_callback (self->telling, self->on_broken, self->user_data, NULL);
  g_source_attach (self->telling, NULL);
}

static gpointer
write_pieces (gpointer data)
{
  FlatlineOutputQueue *self = data;

  g_mutex_lock (&self->mutex);
  for (;;)
    {
      Piece *piece = g_queue_pop_head (&self->ready);
      int failure = 0;

      if (!piece && self->ending)
        break;
      if (!piece)
        {
          g_cond_wait (&self->changed, &self->mutex);
          continue;
        }
      self->writing = TRUE;
      /* A full disk may have room again, a reader does not come back. */
      if (self->failures[piece->descriptor] != EPIPE)
        {
          g_mutex_unlock (&self->mutex);
          failure = write_all (piece->descriptor, piece->bytes);
          g_mutex_lock (&self->mutex);
        }
      self->writing = FALSE;
      self->queued_bytes -= g_bytes_get_size (piece->bytes);
      if (failure && failure != self->failures[piece->descriptor])
        {
          const gboolean is_first = self->failures[piece->descriptor] == 0;

          self->failures[piece->descriptor] = failure;
          if ((is_first || failure == EPIPE) && piece->descriptor == STDOUT_FILENO)
            tell_broken (self);
        }
      piece_free (piece);
      g_cond_broadcast (&self->changed);
    }
  self->finished = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

FlatlineOutputQueue *
flatline_output_queue_new (GSourceFunc on_broken, gpointer user_data)
{
  FlatlineOutputQueue *self = g_new0 (FlatlineOutputQueue, 1);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  g_queue_init (&self->ready);
  g_queue_init (&self->held);
  self->on_broken = on_broken;
  self->user_data = user_data;
  self->thread = g_thread_new ("output", write_pieces, self);
  return self;
}

/* With the mutex held. */
static void
release_held (FlatlineOutputQueue *self)
{
  Piece *piece;

  while ((piece = g_queue_pop_head (&self->held)))
    g_queue_push_tail (&self->ready, piece);
  g_cond_broadcast (&self->changed);
}

int
flatline_output_queue_free (FlatlineOutputQueue *self, guint timeout_ms)
{
  gint64 deadline = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  int failure;

  g_mutex_lock (&self->mutex);
  release_held (self);
  self->ending = TRUE;
  if (self->telling)
    g_source_destroy (self->telling);
  g_clear_pointer (&self->telling, g_source_unref);
  while (!self->finished && g_cond_wait_until (&self->changed, &self->mutex, deadline))
    ;
  failure = self->failures[STDOUT_FILENO];
  if (!self->finished)
    {
      /* The thread is stuck in a write that nobody takes; this process ends now anyway, and it with it. */
      g_mutex_unlock (&self->mutex);
      return failure;
    }
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->thread);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
  return failure;
}

void
flatline_output_queue_add (FlatlineOutputQueue *self, int descriptor, GBytes *bytes)
{
  Piece *piece = g_new (Piece, 1);

  piece->descriptor = descriptor;
  piece->bytes = g_bytes_ref (bytes);
  g_mutex_lock (&self->mutex);
  if (self->hold && self->queued_bytes > MAX_QUEUED_BYTES)
    release_held (self);
  while (self->queued_bytes > MAX_QUEUED_BYTES)
    g_cond_wait (&self->changed, &self->mutex);
  self->queued_bytes += g_bytes_get_size (bytes);
  g_queue_push_tail (self->hold ? &self->held : &self->ready, piece);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

void
flatline_output_queue_hold (FlatlineOutputQueue *self, gboolean hold)
{
  g_mutex_lock (&self->mutex);
  self->hold = hold;
  if (!hold)
    release_held (self);
  g_mutex_unlock (&self->mutex);
}

int
flatline_output_queue_get_failure (FlatlineOutputQueue *self)
{
  int failure;

  g_mutex_lock (&self->mutex);
  failure = self->failures[STDOUT_FILENO];
  g_mutex_unlock (&self->mutex);
  return failure;
}

void
flatline_output_queue_flush (FlatlineOutputQueue *self)
{
  g_mutex_lock (&self->mutex);
  while (self->writing || self->ready.length > 0)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);
}
