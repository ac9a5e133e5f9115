/* SPDX-License-Identifier: MIT */
/*
 * Threads at breakpoints. Each waits on a connection of its own, so that our end, whatever it is, lets go of it. That
 * the program is silent meanwhile is our doing: the watchdog sleeps, and forgives the time. The other threads run.
 */
#include "config.h"

#include "flatline-live-private.h"
#include "flatline-thread-facts.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#define MAX_HELD 32 /* at once; those that come then are not held */

typedef struct
{
  FlatlineHeld *held;
  guint source; /* of the connection, 0: over */
  FlatlineLive *live;
} HeldThread;

static void
held_thread_free (gpointer data)
{
  HeldThread *self = data;

  g_clear_handle_id (&self->source, g_source_remove);
  flatline_held_free (self->held);
  g_free (self);
}

GPtrArray *
flatline_live_held_new (void)
{
  return g_ptr_array_new_with_free_func (held_thread_free);
}

guint
flatline_live_get_n_held (FlatlineLive *self)
{
  return self->held->len;
}

/* After one or all were let go. */
static void
end_if_none (FlatlineLive *self)
{
  FlatlineSession *session = self->session;

  if (self->held->len > 0)
    return;
  if (session->home.watchdog)
    flatline_watchdog_forgive (session->home.watchdog, g_get_monotonic_time () - self->held_since_us);
  flatline_live_emit_let_go (self);
}

guint
flatline_live_let_go (FlatlineLive *self)
{
  const guint n_held = self->held->len;

  if (n_held == 0)
    return 0;
  g_ptr_array_set_size (self->held, 0);
  end_if_none (self);
  return n_held;
}

/* It goes on by itself: a signal handler has raised in it, or it is dead. */
static gboolean
on_gone (gint fd, GIOCondition condition, gpointer user_data)
{
  HeldThread *thread = user_data;
  FlatlineLive *self = thread->live;

  thread->source = 0;
  g_ptr_array_remove_fast (self->held, thread);
  end_if_none (self);
  return G_SOURCE_REMOVE;
}

/* Capture */

typedef struct
{
  FlatlineSession *session; /* which has the FlatlineLive */
  gint64 thread;
  char *thread_name;
  char *name;
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->session);
  g_free (reading->thread_name);
  g_free (reading->name);
  g_free (reading);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static FlatlineVerdict *
make_verdict (const Reading *reading, FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = g_object_new (FLATLINE_TYPE_VERDICT, NULL);
  FlatlineThread *thread = flatline_snapshot_find_thread (snapshot, reading->thread);
  FlatlineFrame *frame = thread ? flatline_list_peek (thread->frames, 0) : NULL;
  g_autofree char *label = thread ? flatline_thread_dup_label (thread) : g_strdup (reading->thread_name);
  g_autofree char *start = flatline_label_dup_capitalised (label);

  if (thread)
    {
      g_free (thread->waiting_for);
      thread->waiting_for = g_strdup (/* Translators: what a thread does */ _ ("held at a breakpoint"));
    }
  verdict->kind = g_strdup ("breakpoint");
  verdict->confidence = g_strdup ("certain");
  verdict->summary =
      g_strdup_printf (/* Translators: a thread, a function */
                       _ ("%s is held at the breakpoint ‘%s’, other threads run on"), start, reading->name);
  verdict->thread = reading->thread;
  verdict->thread_name = g_strdup (reading->thread_name);
  if (frame)
    {
      verdict->file = g_strdup (frame->file);
      verdict->line = frame->line;
      verdict->function = g_strdup (frame->function);
      verdict->location = g_strdup_printf ("%s:%d in %s", frame->file, (int)frame->line,
                                           frame->qualified_name ? frame->qualified_name : frame->function);
    }
  return verdict;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  FlatlineSession *session = reading->session;
  FlatlineLive *self = session->live;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);

  /* Let go meanwhile: then it is no longer so. */
  if (self->held->len == 0)
    return;
  if (!snapshot)
    {
      flatline_session_message (session, "error", "%s", error->message);
      return;
    }
  flatline_session_complete_snapshot (session, snapshot);
  g_clear_object (&snapshot->verdict);
  snapshot->verdict = make_verdict (reading, snapshot);
  flatline_session_set_snapshot (session, snapshot);
  flatline_live_emit_held (self, snapshot);
}

void
flatline_live_hold (FlatlineLive *self, FlatlineProgramEvent *event)
{
  FlatlineSession *session = self->session;
  const char *name = flatline_program_event_text (event->params, "name");
  const char *thread_name = flatline_program_event_text (event->params, "thread_name");
  HeldThread *thread;
  Reading *reading;

  if (!event->held || self->held->len >= MAX_HELD || !session->home.examiner || session->program_ended
      || session->closing != FLATLINE_CLOSING_NOT)
    return; /* Who owns the event lets go. */
  if (self->held->len == 0)
    self->held_since_us = g_get_monotonic_time ();
  reading = g_new0 (Reading, 1);
  reading->session = g_object_ref (session);
  reading->thread = event->held->thread;
  reading->thread_name = g_strdup (thread_name ? thread_name : "?");
  reading->name = g_strdup (name ? name : "?");
  thread = g_new0 (HeldThread, 1);
  thread->held = g_steal_pointer (&event->held);
  thread->live = self;
  thread->source = g_unix_fd_add (thread->held->fd, G_IO_HUP | G_IO_ERR, on_gone, thread);
  g_ptr_array_add (self->held, thread);
  flatline_examiner_capture_async (session->home.examiner, "breakpoint", NULL, session->cancellable, on_read, reading);
}
