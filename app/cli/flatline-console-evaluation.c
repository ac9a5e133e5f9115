/* SPDX-License-Identifier: MIT */
/* The thread is the one that the verdict is about, the frame the innermost of the program's own in it. */
#include "config.h"

#include "flatline-console-evaluation.h"

#include <glib/gi18n.h>

#define OWN_FRAME (-1)

typedef struct
{
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  GObject *owner;
} Question;

static Question *
question_new (FlatlineConsolePrintFunc print, gpointer user_data, GObject *owner)
{
  Question *self = g_new0 (Question, 1);

  self->print = print;
  self->user_data = user_data;
  self->owner = g_object_ref (owner);
  return self;
}

static void
question_free (Question *self)
{
  g_object_unref (self->owner);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
on_evaluated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *where = NULL;
  g_autofree char *text = flatline_session_evaluate_finish (FLATLINE_SESSION (source), result, &where, &error);
  g_autofree char *line = NULL;

  if (!text)
    line = g_strdup_printf ("  %s", error->message);
  else if (*text)
    line = g_strdup_printf ("  %s\n  # %s", text, where);
  else
    line = g_strdup_printf (/* Translators: a statement was run; a place in the program */ _ ("  Done, at %s"), where);
  flatline_console_print_line (question->print, question->user_data, line);
}

/* 0: the agent's choice, which is the main thread. */
static guint64
find_ident (FlatlineSnapshot *snapshot)
{
  const gint64 wanted = snapshot && snapshot->verdict ? snapshot->verdict->thread : 0;

  for (guint i = 0; wanted && i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (thread->native_id == wanted)
        return thread->ident;
    }
  return 0;
}

void
flatline_console_evaluate (const char *source,
                           FlatlineSession *session,
                           FlatlineSnapshot *snapshot,
                           FlatlineConsolePrintFunc print,
                           gpointer user_data,
                           GObject *owner)
{
  Question *question;

  if (!source || !*source)
    {
      print (_ ("Say what: “p len(queue)” or “p queue.clear()”, with the names of the frame that waits.\n"), user_data);
      return;
    }
  question = question_new (print, user_data, owner);
  flatline_session_evaluate_async (session, find_ident (snapshot), OWN_FRAME, source, NULL, on_evaluated, question);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = flatline_live_command_finish (FLATLINE_LIVE (source), result, &error);
  g_auto (GStrv) lines = g_strsplit (text ? text : error->message, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      g_autofree char *shown = g_strconcat ("  ", *line, NULL);

      flatline_console_print_line (question->print, question->user_data, shown);
    }
}

void
flatline_console_change (
    const char *line, FlatlineSession *session, FlatlineConsolePrintFunc print, gpointer user_data, GObject *owner)
{
  flatline_live_command_async (flatline_session_get_live (session), line, NULL, on_changed,
                               question_new (print, user_data, owner));
}
