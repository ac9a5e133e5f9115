/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that end threads of a program without the agent (-I, -E, -S, frozen ones). Python prints "Exception in
 * thread NAME:" and the traceback, and the program goes on. With the first line whoever traces it holds it, as at its
 * own end (flatline-session-last-words): as long as the rest is printed, a frame of `threading` has the exception, with
 * its variables. That race may be lost; what was printed is told in any case, as soon as it is whole.
 */
#include "config.h"

#include "flatline-diagnose.h"
#include "flatline-log-files.h"
#include "flatline-session-private.h"
#include "flatline-traceback.h"

#include <inttypes.h>
#include <string.h>

#define HEADER    "Exception in thread "
#define WHOLE_MS  200 /* a traceback is printed in a fraction of that */
#define MAX_WAITS 25
#define MAX_BYTES (256 * 1024)
#define MAX_TOLD  100 /* places, in one run */

/* The header at the beginning of a line, from @from on; NULL when there is none. */
static const char *
find_header (const char *text, gsize from)
{
  for (const char *found = strstr (text + from, HEADER); found; found = strstr (found + 1, HEADER))
    if (found == text || found[-1] == '\n')
      return found;
  return NULL;
}

/* A machine under load prints slowly. */
static gboolean
is_whole (FlatlineSession *self)
{
  g_autofree char *words = g_utf8_make_valid (self->thread_words->str, (gssize)self->thread_words->len);
  const char *last = words;
  g_autoptr (FlatlineExceptionInfo) printed = NULL;

  for (const char *header = words; header; header = find_header (header + 1, 0))
    last = header;
  printed = flatline_traceback_read (last);
  return printed != NULL;
}

static gboolean
on_whole (gpointer user_data)
{
  FlatlineSession *self = user_data;

  /* What is read of it now comes along. */
  if (self->n_readings > 0 || (!is_whole (self) && ++self->thread_waits < MAX_WAITS))
    return G_SOURCE_CONTINUE;
  self->thread_source = 0;
  flatline_session_tell_thread_words (self);
  return G_SOURCE_REMOVE;
}

gboolean
flatline_session_hear_thread_words (FlatlineSession *self, gsize from, const char *bytes, gsize length)
{
  const char *header;

  if (self->thread_words)
    {
      if (self->thread_words->len < MAX_BYTES)
        g_string_append_len (self->thread_words, bytes, length);
      return FALSE;
    }
  header = find_header (self->error_tail->str, from);
  if (!header)
    return FALSE;
  self->thread_words = g_string_new (header);
  self->thread_waits = 0;
  self->thread_source = g_timeout_add (WHOLE_MS, on_whole, self);
  return TRUE;
}

void
flatline_session_forget_thread_words (FlatlineSession *self)
{
  g_clear_handle_id (&self->thread_source, g_source_remove);
  if (self->thread_words)
    g_string_free (g_steal_pointer (&self->thread_words), TRUE);
  g_clear_object (&self->thread_read);
  g_hash_table_remove_all (self->threads_told);
}

/* One report a place: threads that fail again and again say the same each time. */
static gboolean
is_new (FlatlineSession *self, const FlatlineExceptionInfo *exception)
{
  FlatlineFrame *frame = flatline_list_peek (exception->frames, 0);

  return g_hash_table_size (self->threads_told) < MAX_TOLD
         && g_hash_table_add (self->threads_told, g_strdup_printf ("%s|%s:%" PRId64, exception->type_name,
                                                                   frame ? frame->file : "", frame ? frame->line : 0));
}

typedef struct
{
  FlatlineSession *session;
  FlatlineExceptionInfo *printed;
  FlatlineFreeze *freeze;
  gint64 began_us;
} Telling;

static void
telling_free (Telling *telling)
{
  g_object_unref (telling->session);
  g_object_unref (telling->printed);
  g_object_unref (telling->freeze);
  g_free (telling);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Telling, telling_free)

static void
keep (Telling *telling, FlatlineSnapshot *snapshot)
{
  FlatlineSession *self = telling->session;

  flatline_session_complete_snapshot (self, snapshot);
  flatline_freeze_take_verdict (telling->freeze, flatline_diagnose (snapshot));
  flatline_session_keep_freeze (self, telling->freeze, snapshot);
  flatline_session_emit_freeze (self, telling->freeze, snapshot);
}

/* What was read as it was printed, if it is of the same exception. Transfer full, NULL. */
static FlatlineSnapshot *
take_read (FlatlineSession *self, FlatlineExceptionInfo *printed)
{
  g_autoptr (FlatlineSnapshot) snapshot = g_steal_pointer (&self->thread_read);
  FlatlineFrame *one = snapshot ? flatline_list_peek (snapshot->exception->frames, 0) : NULL;
  FlatlineFrame *other = flatline_list_peek (printed->frames, 0);

  if (!one || !other || one->line != other->line || g_strcmp0 (one->file, other->file) != 0)
    return NULL;
  g_object_set (snapshot->exception, "context", printed->context, "thread", printed->thread, "message",
                printed->message, "traceback-text", printed->traceback_text, NULL);
  return g_steal_pointer (&snapshot);
}

/* The other threads as they are now; that of the exception is over. */
static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Telling) telling = user_data;
  FlatlineSession *self = telling->session;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_examiner_capture_finish (FLATLINE_EXAMINER (source), result, NULL);

  self->n_readings--;
  if (self->home.watchdog)
    flatline_watchdog_forgive (self->home.watchdog, g_get_monotonic_time () - telling->began_us);
  if (!snapshot)
    snapshot = flatline_session_make_bare_snapshot (self, "exception");
  g_set_object (&snapshot->exception, telling->printed);
  keep (telling, snapshot);
  flatline_session_finish_if_over (self);
}

static void
tell (FlatlineSession *self, FlatlineExceptionInfo *printed)
{
  g_autoptr (FlatlineSnapshot) snapshot = take_read (self, printed);
  g_autofree char *cause = g_strdup_printf ("%s: %s", printed->type_name, printed->message);
  g_autoptr (Telling) telling = g_new0 (Telling, 1);

  telling->session = g_object_ref (self);
  telling->printed = g_object_ref (printed);
  telling->freeze = flatline_session_make_freeze (self, "exception", cause);
  telling->began_us = g_get_monotonic_time ();
  if (self->log_files)
    {
      g_autofree char *line = g_strdup_printf ("[exception] thread %s", cause);

      flatline_log_files_add_event (self->log_files, line);
    }
  if (!snapshot && self->home.examiner && !self->program_ended)
    {
      self->n_readings++;
      flatline_examiner_capture_async (self->home.examiner, "exception", NULL, self->cancellable, on_read,
                                       g_steal_pointer (&telling));
      return;
    }
  if (!snapshot)
    {
      snapshot = flatline_session_make_bare_snapshot (self, "exception");
      g_set_object (&snapshot->exception, printed);
    }
  keep (telling, snapshot);
}

void
flatline_session_tell_thread_words (FlatlineSession *self)
{
  g_autofree char *words = NULL;

  g_clear_handle_id (&self->thread_source, g_source_remove);
  if (!self->thread_words)
    return;
  words = g_utf8_make_valid (self->thread_words->str, (gssize)self->thread_words->len);
  g_string_free (g_steal_pointer (&self->thread_words), TRUE);
  for (const char *header = find_header (words, 0), *next; header; header = next)
    {
      const char *name = header + strlen (HEADER);
      g_autofree char *block = NULL;
      g_autoptr (FlatlineExceptionInfo) printed = NULL;

      next = find_header (name, 0);
      block = g_strndup (name, next ? (gsize)(next - name) : strlen (name));
      printed = flatline_traceback_read (block);
      if (!printed || !is_new (self, printed))
        continue;
      block[strcspn (block, "\r\n")] = '\0';
      if (g_str_has_suffix (block, ":"))
        block[strlen (block) - 1] = '\0';
      g_object_set (printed, "context", "thread", "thread", block, NULL);
      tell (self, printed);
    }
  g_clear_object (&self->thread_read);
}
