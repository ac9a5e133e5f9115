/* SPDX-License-Identifier: MIT */
/*
 * What a thread has asked of the one whose answer it waits for: a statement of a database, a call of a manager of
 * multiprocessing. Which server is silent says less to a person than what it was asked.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define MAX_STATEMENT_BYTES 160

static void
ask_manager (char **does, const char *expression)
{
  g_autofree char *before = *does;

  if (before)
    /* Translators: a piece of source text; then what the thread does for it: "reads from …" */
    *does = g_strdup_printf (_ ("waits for the answer of a manager to ‘%s’: it %s"),
                             expression ? expression : _ ("a call"), before);
}

/* A proxy asks its manager by a function that was made at run time, and looks like the program's. */
void
flatline_finding_note_manager (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *call = flatline_thread_find_frame (thread, "multiprocessing/managers.py", "_callmethod");
  gboolean inside = TRUE;

  for (guint i = 0; call && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      g_autofree char *expression = NULL;

      if (inside || !flatline_frame_is_own (frame) || g_strcmp0 (frame->file, "<string>") == 0)
        {
          inside &= frame != call;
          continue;
        }
      expression = flatline_diagnosis_dup_expression (diagnosis, frame);
      ask_manager (&finding->does, expression);
      ask_manager (&finding->plainly, expression);
      finding->place = frame;
      return;
    }
}

/* The statement that a driver of a database was given: its functions call it by one of these names. */
static FlatlineValue *
find_statement (FlatlineThread *thread)
{
  static const char *const names[] = { "query", "statement", "sql", "operation" };

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (flatline_frame_is_own (frame))
        return NULL;
      if (!frame->function || !strstr (frame->function, "execute"))
        continue;
      for (gsize j = 0; j < G_N_ELEMENTS (names); j++)
        {
          FlatlineValue *value = flatline_frame_find_local (frame, names[j]);

          if (value && value->text && g_strcmp0 (value->type, "str") == 0 && strlen (value->text) > 2)
            return value;
        }
    }
  return NULL;
}

static void
tell_statement (char **does, const char *statement)
{
  g_autofree char *before = *does;

  if (before)
    *does = g_utf8_validate (statement, -1, NULL)
                ? /* Translators: a statement of SQL, "reads from 10.0.0.2:3306, which has sent nothing" */
                g_strdup_printf (_ ("waits for the database’s answer to ‘%s’: it %s"), statement, before)
                : g_strdup_printf (_ ("waits for the answer of a database: it %s"), before);
}

void
flatline_finding_note_statement (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineValue *statement = find_statement (finding->thread);
  FlatlineFrame *place = flatline_thread_find_place (finding->thread);
  g_autofree char *text = NULL;

  if (statement)
    text = g_strndup (statement->text + 1, MIN (strlen (statement->text) - 2, MAX_STATEMENT_BYTES));
  else if (place && place == flatline_thread_find_innermost (finding->thread))
    {
      text = flatline_diagnosis_dup_expression (diagnosis, place);
      if (!text || !(strstr (text, ".execute(") || strstr (text, ".executemany(")))
        return;
    }
  if (!text)
    return;
  g_strdelimit (text, "\n", ' ');
  tell_statement (&finding->does, text);
  tell_statement (&finding->plainly, text);
}
