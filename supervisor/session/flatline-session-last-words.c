/* SPDX-License-Identifier: MIT */
/*
 * The exception that ends a program without the agent (-I, -E, -S): Python prints its traceback, keeps the object as
 * sys.last_exc, and takes itself apart. Whoever traces the program holds it as soon as the first line of a traceback is
 * seen, and what is nobody's to catch is read then, with its variables. That is a race, which a loaded machine loses;
 * what was printed is read in any case when the program has ended.
 */
#include "config.h"

#include "flatline-session-private.h"
#include "flatline-traceback.h"

#include <string.h>

#define TAIL_BYTES     (64 * 1024)
#define MIN_BETWEEN_US (G_USEC_PER_SEC / 2) /* programs that log what they catch do not stand still for it often */
#define EXIT_UNCAUGHT  1                    /* Python's own */

typedef struct
{
  FlatlineSession *session;
  gint64 began_us;
  const char *phase; /* when it was printed */
  gboolean of_thread;
} Look;

/* No agent would tell it. What is not called Python may have one in it: a frozen program, a launcher. */
static gboolean
is_mute (FlatlineSession *self)
{
  return !self->agent_seen;
}

void
flatline_session_hear_error_output (FlatlineSession *self, const char *bytes, gsize length)
{
  const gsize overlap = strlen (FLATLINE_TRACEBACK_HEADER) - 1;
  const gint64 now_us = g_get_monotonic_time ();
  gboolean is_printed;
  gsize from;

  if (!is_mute (self))
    return;
  from = self->error_tail->len - MIN (self->error_tail->len, overlap);
  g_string_append_len (self->error_tail, bytes, length);
  is_printed = flatline_session_hear_thread_words (self, from, bytes, length)
               || (!self->thread_words
                   && memmem (self->error_tail->str + from, self->error_tail->len - from, FLATLINE_TRACEBACK_HEADER,
                              overlap + 1));
  if (self->exit_watch && is_printed && now_us - self->traceback_seen_us > MIN_BETWEEN_US
      && self->closing == FLATLINE_CLOSING_NOT)
    {
      self->traceback_seen_us = now_us;
      flatline_exit_watch_hold (self->exit_watch);
    }
  if (self->error_tail->len > 2 * TAIL_BYTES)
    g_string_erase (self->error_tail, 0, self->error_tail->len - TAIL_BYTES);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autoptr (FlatlineSession) self = look->session;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);

  self->n_readings--;
  if (self->home.watchdog)
    flatline_watchdog_forgive (self->home.watchdog, g_get_monotonic_time () - look->began_us);
  /* What the session knew goes before what the stacks show of a program that is about to end. */
  if (snapshot && look->phase)
    g_object_set (snapshot, "phase", look->phase, NULL);
  if (snapshot && snapshot->exception)
    g_set_object (look->of_thread ? &self->thread_read : &self->uncaught, snapshot);
  else
    g_debug ("No uncaught exception: %s", error ? error->message : "it could not be read");
  g_free (look);
  flatline_session_finish_if_over (self);
}

void
flatline_session_take_last_words (FlatlineSession *self, FlatlineHeld *held)
{
  Look *look;

  if (self->program_ended || !self->home.examiner)
    {
      flatline_held_free (held);
      return;
    }
  look = g_new0 (Look, 1);
  look->session = g_object_ref (self);
  look->began_us = g_get_monotonic_time ();
  look->phase = flatline_session_get_phase (self);
  look->of_thread = held->of_thread = self->thread_words != NULL;
  self->n_readings++;
  flatline_examiner_capture_held_async (self->home.examiner, "exception", held, self->cancellable, on_read, look);
}

/* The words are those that were printed: a __str__ of the program's own may have made them. */
static void
join_words (FlatlineExceptionInfo *read, FlatlineExceptionInfo *printed)
{
  g_object_set (read, "context", "uncaught", "thread", "MainThread", NULL);
  if (printed)
    g_object_set (read, "message", printed->message, "traceback-text", printed->traceback_text, NULL);
}

void
flatline_session_weigh_last_words (FlatlineSession *self)
{
  g_autofree char *text = NULL;
  g_autoptr (FlatlineExceptionInfo) printed = NULL;
  g_autoptr (FlatlineSnapshot) uncaught = g_steal_pointer (&self->uncaught);

  if (self->exit_status != EXIT_UNCAUGHT || self->exception || !is_mute (self))
    return;
  text = g_utf8_make_valid (self->error_tail->str, (gssize)self->error_tail->len);
  printed = flatline_traceback_read (text);
  if (uncaught)
    {
      join_words (uncaught->exception, printed);
      uncaught->exit_status = self->exit_status;
      g_set_object (&self->exception, uncaught->exception);
      g_set_object (&self->death, uncaught);
    }
  else if (printed && flatline_traceback_may_end_program (printed))
    g_set_object (&self->exception, printed);
}
