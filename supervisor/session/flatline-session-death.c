/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and deaths. The program holds the moment while it is read: a thread that reports an exception, a process
 * that a signal is about to end. A run is over only when what was held has been read; what nobody could hold (SIGKILL)
 * is told from what the kernel knows.
 */
#include "config.h"

#include "flatline-core-search.h"
#include "flatline-diagnose.h"
#include "flatline-failed-start.h"
#include "flatline-process.h"
#include "flatline-session-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define MAX_READINGS 16 /* at once: a program that does nothing but fail is let go unread */

/* One reading under way. */
typedef struct
{
  FlatlineSession *session;
  FlatlineFreeze *freeze;
  FlatlineExceptionInfo *exception; /* as the program told it */
  gint64 pid;
  gint64 began_us;
  const char *phase; /* when it was told */
} Reading;

static void
reading_free (Reading *reading)
{
  g_clear_object (&reading->freeze);
  g_clear_object (&reading->exception);
  g_object_unref (reading->session);
  g_free (reading);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static Reading *
begin_reading (FlatlineSession *self, gint64 pid)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->session = g_object_ref (self);
  reading->pid = pid;
  reading->began_us = g_get_monotonic_time ();
  reading->phase = flatline_session_get_phase (self);
  self->n_readings++;
  return reading;
}

/* Of the heart its own, which knows it already; another process is new to us. */
static FlatlineExaminer *
find_examiner (FlatlineSession *self, gint64 pid)
{
  if (self->home.examiner && flatline_examiner_get_pid (self->home.examiner) == pid)
    return g_object_ref (self->home.examiner);
  return flatline_examiner_new (pid);
}

static void
read_held (Reading *reading, const char *reason, FlatlineHeld *held, GAsyncReadyCallback callback)
{
  FlatlineSession *self = reading->session;
  g_autoptr (FlatlineExaminer) examiner = find_examiner (self, reading->pid);

  if (held)
    flatline_examiner_capture_held_async (examiner, reason, held, self->cancellable, callback, reading);
  else
    flatline_examiner_capture_async (examiner, reason, NULL, self->cancellable, callback, reading);
}

/* What the session knew when it was told goes before what the reading shows. */
static void
take_phase (FlatlineSnapshot *snapshot, const char *phase)
{
  if (!phase)
    return;
  g_free (snapshot->phase);
  snapshot->phase = g_strdup (phase);
}

/* The program was silent because we held it. */
static void
end_reading (Reading *reading)
{
  FlatlineSession *self = reading->session;

  self->n_readings--;
  if (self->home.watchdog && reading->pid == self->home.pid)
    flatline_watchdog_forgive (self->home.watchdog, g_get_monotonic_time () - reading->began_us);
}

/* Exceptions */

/* What was read from outside has the frames; what the program told has the words. */
static void
join_exceptions (FlatlineSnapshot *snapshot, FlatlineExceptionInfo *told)
{
  FlatlineExceptionInfo *read = snapshot->exception;

  if (!read)
    {
      g_set_object (&snapshot->exception, told);
      return;
    }
  g_object_set (read, "context", told->context, "message", told->message, "thread", told->thread, "traceback-text",
                told->traceback_text, "similar", told->similar, "found-in", told->found_in, "shadow", told->shadow,
                NULL);
}

static void
on_report_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  FlatlineSession *self = reading->session;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);
  FlatlineExceptionInfo *newest;

  end_reading (reading);
  if (snapshot)
    {
      join_exceptions (snapshot, reading->exception);
      take_phase (snapshot, reading->phase);
      flatline_session_complete_snapshot (self, snapshot);
      flatline_freeze_take_verdict (reading->freeze, flatline_diagnose (snapshot));
      flatline_session_keep_freeze (self, reading->freeze, snapshot);
      flatline_session_emit_freeze (self, reading->freeze, snapshot);
    }
  /* If it could not be read it is ending, and the crash's record will have the exception. */
  newest = snapshot ? snapshot->exception : reading->exception;
  g_set_object (&self->exception, newest);
  self->exception_is_kept = snapshot != NULL;
  flatline_session_finish_if_over (self);
}

void
flatline_session_freeze_for_report (
    FlatlineSession *self, const char *kind, const char *cause, gint64 pid, FlatlineHeld *held)
{
  Reading *reading;

  if (self->n_readings >= MAX_READINGS || self->program_ended || !self->home.examiner)
    {
      g_clear_pointer (&held, flatline_held_free);
      return;
    }
  self->exception_is_kept = FALSE;
  reading = begin_reading (self, held ? pid : self->home.pid);
  reading->exception = g_object_ref (self->exception);
  if (held && held->is_exiting)
    reading->phase = "shutdown";
  reading->freeze = flatline_session_make_freeze (self, kind, cause);
  reading->freeze->pid = reading->pid;
  read_held (reading, "exception", held, on_report_read);
}

/* Deaths */

static char *
dup_death_cause (FlatlineSession *self, gint64 pid, int number)
{
  g_autofree char *name = flatline_signal_dup_name (number);

  if (pid == self->pid)
    return g_strdup_printf (/* Translators: a signal */ _ ("killed by %s"), name);
  return g_strdup_printf (/* Translators: a process, a signal */ _ ("process %" PRId64 " killed by %s"), pid, name);
}

static void
keep_death (FlatlineSession *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  flatline_session_complete_snapshot (self, snapshot);
  flatline_freeze_take_verdict (freeze, flatline_diagnose (snapshot));
  flatline_session_keep_freeze (self, freeze, snapshot);
  flatline_session_emit_freeze (self, freeze, snapshot);
}

static void
on_death_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  FlatlineSession *self = reading->session;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);

  end_reading (reading);
  if (error)
    g_debug ("The death of %" G_GINT64_FORMAT " could not be read: %s", reading->pid, error->message);
  /* That its interpreter ends was said before, on another way, and may have been heard meanwhile. */
  if (snapshot)
    take_phase (snapshot, reading->pid == self->pid && self->home.exiting ? "shutdown" : reading->phase);
  /* The program's own is kept when it is over: only then is it known that it did not survive. */
  if (snapshot && reading->pid == self->pid)
    g_set_object (&self->death, snapshot);
  else if (snapshot)
    keep_death (self, reading->freeze, snapshot);
  flatline_session_finish_if_over (self);
}

void
flatline_session_take_death (FlatlineSession *self, FlatlineHeld *held)
{
  g_autofree char *cause = dup_death_cause (self, held->pid, held->signal);
  Reading *reading;

  if (self->n_readings >= MAX_READINGS || self->program_ended)
    {
      flatline_held_free (held);
      return;
    }
  if (self->log_files)
    flatline_log_files_add_event (self->log_files, cause);
  reading = begin_reading (self, held->pid);
  reading->freeze = flatline_session_make_freeze (self, "crash", cause);
  reading->freeze->pid = held->pid;
  read_held (reading, "crash", held, on_death_read);
}

/* The core is of our program, and of this end; a file of that name may have been left by another. */
static gboolean
is_of_our_end (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  return snapshot->program && snapshot->program->pid == self->pid && snapshot->signal == self->exit_signal;
}

static void
on_core_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  FlatlineSession *self = reading->session;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, &error);

  end_reading (reading);
  if (snapshot && is_of_our_end (self, snapshot))
    {
      take_phase (snapshot, reading->phase);
      g_set_object (&self->death, snapshot);
    }
  else
    g_debug ("The core file could not be read: %s", error ? error->message : "it is of another end");
  flatline_session_finish_if_over (self);
}

gboolean
flatline_session_read_core (FlatlineSession *self)
{
  g_autofree char *path = NULL;
  g_autoptr (FlatlineExaminer) examiner = NULL;

  if (self->core_looked_for || self->death || self->exit_signal == 0 || !self->launcher
      || !flatline_launcher_has_left_core (self->launcher))
    return FALSE;
  self->core_looked_for = TRUE;
  path = flatline_core_search_find (
      self->pid, self->program && self->program->cwd ? self->program->cwd : self->run->cwd, self->run->started_us);
  if (!path)
    return FALSE;
  examiner = flatline_examiner_new_for_core (path, NULL);
  flatline_examiner_capture_async (examiner, "crash", NULL, self->cancellable, on_core_read,
                                   begin_reading (self, self->pid));
  return TRUE;
}

/* Whether it was for want of memory. */
static void
add_killer (FlatlineSession *self, FlatlineSnapshot *snapshot)
{
  const char *killer;

  if (self->exit_signal != SIGKILL || !self->memory_watch)
    return;
  snapshot->facts = flatline_memory_watch_tell (
      self->memory_watch, self->launcher ? flatline_launcher_get_peak_bytes (self->launcher) : 0, &killer);
  snapshot->killer = g_strdup (killer);
}

/* It was read while it died, or there is only what the kernel tells of the dead. */
static FlatlineSnapshot *
take_death_snapshot (FlatlineSession *self)
{
  FlatlineSnapshot *snapshot = g_steal_pointer (&self->death);

  if (snapshot && snapshot->signal == self->exit_signal)
    {
      add_killer (self, snapshot);
      return snapshot;
    }
  if (snapshot)
    {
      g_autofree char *name = flatline_signal_dup_name ((int)snapshot->signal);
      g_autofree char *note = g_strdup_printf (
          /* Translators: a signal */ _ ("The program went on after this %s, and ended otherwise"), name);

      flatline_snapshot_add_note (snapshot, note);
      return snapshot;
    }
  snapshot = flatline_session_make_bare_snapshot (self, "crash");
  snapshot->signal = self->exit_signal;
  snapshot->exit_status = MAX (0, self->exit_status);
  if (self->exit_signal)
    snapshot->way = g_strdup ("kernel");
  add_killer (self, snapshot);
  return snapshot;
}

/* A start that failed has nobody yet who could tell anything; an interpreter that finds no program, nothing to tell of.
 */
static gboolean
has_failed_start (FlatlineSession *self)
{
  g_autofree char *output = NULL;

  if (self->exit_status <= 0 || self->exception || self->last_reason || self->output_tail->len == 0)
    return FALSE;
  output = g_utf8_make_valid (self->output_tail->str, self->output_tail->len);
  return flatline_output_tells_failed_start (output, self->exit_status, self->agent_seen);
}

gboolean
flatline_session_has_crashed (FlatlineSession *self)
{
  return self->exit_signal != 0 || (self->exit_status != 0 && self->exception) || has_failed_start (self)
         || self->death;
}

static char *
dup_end_cause (FlatlineSession *self)
{
  if (self->exit_signal)
    return dup_death_cause (self, self->pid, self->exit_signal);
  if (self->exception)
    return g_strdup_printf (g_strcmp0 (self->exception->context, "uncaught") == 0
                                ? _ ("exit status %d after an uncaught exception")
                                : _ ("exit status %d after an exception"),
                            self->exit_status);
  return g_strdup_printf (_ ("exit status %d before the program was up"), self->exit_status);
}

void
flatline_session_record_crash (FlatlineSession *self)
{
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (FlatlineFreeze) freeze = NULL;
  g_autofree char *cause = NULL;

  if (self->exit_signal == 0 && self->exception && self->exception_is_kept && !self->death)
    return;
  cause = dup_end_cause (self);
  snapshot = take_death_snapshot (self);
  freeze = flatline_session_make_freeze (self, "crash", cause);
  freeze->pid = self->pid;
  keep_death (self, freeze, snapshot);
}
