/* SPDX-License-Identifier: MIT */
/* `flatline-cli replay`: steps through a recording, forward and back, by commands; or lists it. */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-paths.h"
#include "flatline-recording.h"
#include "flatline-replay-lines.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  FlatlineRecording *recording;
  guint at;
  guint frame; /* 0 is the innermost */
  gboolean over;
} Replay;

static void
go (Replay *replay, guint event)
{
  if (event == FLATLINE_NO_EVENT)
    {
      flatline_cli_complain (_ ("there is none in that direction"));
      return;
    }
  replay->at = event;
  replay->frame = 0;
  flatline_replay_print_step (replay->recording, event);
}

/* The frame that up and down have chosen. Transfer full. */
static FlatlineFrame *
dup_frame (Replay *replay, FlatlineSnapshot **snapshot_out)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_recording_dup_snapshot (replay->recording, replay->at);
  FlatlineThread *thread = flatline_list_peek (snapshot->threads, 0);
  FlatlineFrame *frame;

  replay->frame = MIN (replay->frame, flatline_list_length (thread->frames) - 1);
  frame = flatline_list_peek (thread->frames, replay->frame);
  if (snapshot_out)
    *snapshot_out = g_object_ref (snapshot);
  return g_object_ref (frame);
}

static void
print_frame (FlatlineFrame *frame, guint number, gboolean chosen)
{
  g_autofree char *place =
      g_strdup_printf (/* Translators: a file, a line, a function */ _ ("%s:%d in %s"), frame->file, (int)frame->line,
                       frame->qualified_name ? frame->qualified_name : frame->function);

  flatline_cli_print ("%s %u  %s", chosen ? ">" : " ", number, place);
}

static void
print_stack (Replay *replay, gboolean all_threads)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_recording_dup_snapshot (replay->recording, replay->at);

  for (guint i = 0; i < (all_threads ? flatline_list_length (snapshot->threads) : 1); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      flatline_cli_print ("%s", thread->name ? thread->name : "");
      for (guint k = 0; k < flatline_list_length (thread->frames); k++)
        print_frame (flatline_list_peek (thread->frames, k), k, i == 0 && k == replay->frame);
    }
  for (char **limit = snapshot->limits; limit && *limit; limit++)
    flatline_cli_print ("%s", *limit);
}

static void
move_in_stack (Replay *replay, int direction)
{
  g_autoptr (FlatlineFrame) frame = NULL;

  if (direction < 0 && replay->frame == 0)
    {
      flatline_cli_complain (_ ("this is the innermost call"));
      return;
    }
  replay->frame += direction;
  frame = dup_frame (replay, NULL);
  print_frame (frame, replay->frame, TRUE);
}

static void
print_variables (Replay *replay, const char *name)
{
  g_autoptr (FlatlineFrame) frame = dup_frame (replay, NULL);
  gboolean found = FALSE;

  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (*name && g_strcmp0 (name, value->name) != 0)
        continue;
      flatline_replay_print_value (value, "  ");
      found = TRUE;
    }
  if (!found && *name)
    flatline_cli_complain (_ ("there is no variable “%s” in this call"), name);
  else if (!found)
    flatline_cli_complain (_ ("this call has no variables yet"));
}

static void
tell_change (Replay *replay, const char *name)
{
  g_autoptr (FlatlineValue) old = NULL, new = NULL;
  guint event, at = replay->at;

  /* Of a caller, as it was when it made the call. */
  for (guint i = 0; i < replay->frame && at != FLATLINE_NO_EVENT; i++)
    at = flatline_recording_get_caller (replay->recording, at);
  event = at != FLATLINE_NO_EVENT ? flatline_recording_find_change (replay->recording, at, name, &old, &new) : at;
  if (event == FLATLINE_NO_EVENT)
    {
      flatline_cli_complain (_ ("there is no variable “%s” in this call"), name);
      return;
    }
  go (replay, event);
  if (old)
    flatline_cli_print (/* Translators: a variable, its value, what it was before */ _ ("Here %s became %s; it was %s"),
                        name, new->text, old->text);
  else
    flatline_cli_print (/* Translators: a variable, its value */ _ ("Here %s became %s"), name, new->text);
}

static void
print_source (Replay *replay)
{
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (FlatlineFrame) frame = dup_frame (replay, &snapshot);
  FlatlineSourceFile *source = flatline_snapshot_find_source (snapshot, frame->file);
  g_auto (GStrv) lines = source && source->text ? g_strsplit (source->text, "\n", -1) : NULL;

  if (!lines)
    {
      flatline_cli_complain (_ ("there is no source of this file"));
      return;
    }
  for (gint64 i = MAX (frame->line - 6, 0); i < frame->line + 5 && i < g_strv_length (lines); i++)
    flatline_cli_print ("%s%5" G_GINT64_FORMAT "  %s", i + 1 == frame->line ? ">" : " ", i + 1,
                        g_strdelimit (lines[i], "\t", ' '));
}

static void
go_to_number (Replay *replay, const char *word)
{
  char *end;
  guint64 number = g_ascii_strtoull (word, &end, 10);

  if (end == word || *end || number >= flatline_recording_get_n_events (replay->recording))
    flatline_cli_complain (_ ("events have numbers from 0 to %u"),
                           flatline_recording_get_n_events (replay->recording) - 1);
  else
    go (replay, number);
}

typedef enum
{
  ALONE,
  WITH_WORD,
  PERHAPS_WORD,
} Words;

/* What `help` says, too. */
static const struct
{
  const char *name;
  const char *brief;
  Words words;
  const char *help;
} commands[] = {
  { "step", "s", ALONE, N_ ("the next event, into calls") },
  { "next", "n", ALONE, N_ ("the next line of this call, over the calls it makes") },
  { "out", "o", ALONE, N_ ("until this call is over") },
  { "back", "b", ALONE, N_ ("one event back, into calls") },
  { "prev", "p", ALONE, N_ ("back to the line before in this call") },
  { "up-back", "ob", ALONE, N_ ("back to where this call was made") },
  { "when", "w", WITH_WORD, N_ ("NAME: go where the variable became what it is; self.total, too") },
  { "vars", "v", PERHAPS_WORD, N_ ("[NAME]: the variables of the call") },
  { "where", "bt", ALONE, N_ ("the stack") },
  { "threads", "t", ALONE, N_ ("the stacks of all threads") },
  { "up", "u", ALONE, N_ ("look at the caller") },
  { "down", "d", ALONE, N_ ("look at what it called") },
  { "list", "l", ALONE, N_ ("the source around the line") },
  { "to", "c", WITH_WORD, N_ ("FILE:LINE, LINE or FUNCTION: on to there") },
  { "to-back", "cb", WITH_WORD, N_ ("the same, back") },
  { "exception", "e", ALONE, N_ ("on to the next exception") },
  { "exception-back", "eb", ALONE, N_ ("back to the exception before") },
  { "find", "f", WITH_WORD, N_ ("TEXT: on to where a name or a value has it") },
  { "find-back", "fb", WITH_WORD, N_ ("the same, back") },
  { "goto", "g", WITH_WORD, N_ ("NUMBER: to the event") },
  { "first", "0", ALONE, N_ ("to the first event") },
  { "last", "z", ALONE, N_ ("to the last event") },
  { "help", "h", ALONE, N_ ("this") },
  { "quit", "q", ALONE, N_ ("the end; Ctrl+D, too") },
};

static void
print_commands (void)
{
  const char *again = _ ("Enter alone does the same again.\n");

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    flatline_cli_print ("  %-3s %-15s %s", commands[i].brief, commands[i].name, _ (commands[i].help));
  flatline_cli_write (again, strlen (again));
}

static void
carry_out (Replay *replay, const char *name, const char *word)
{
  FlatlineRecording *recording = replay->recording;
  int direction = strcmp (name, "back") == 0 || strcmp (name, "prev") == 0 || g_str_has_suffix (name, "-back") ? -1 : 1;

  if (strcmp (name, "step") == 0 || strcmp (name, "back") == 0)
    go (replay, flatline_recording_step (recording, replay->at, FLATLINE_STEP_INTO, direction));
  else if (strcmp (name, "next") == 0 || strcmp (name, "prev") == 0)
    go (replay, flatline_recording_step (recording, replay->at, FLATLINE_STEP_OVER, direction));
  else if (strcmp (name, "out") == 0 || strcmp (name, "up-back") == 0)
    go (replay, flatline_recording_step (recording, replay->at, FLATLINE_STEP_OUT, direction));
  else if (g_str_has_prefix (name, "to"))
    go (replay, flatline_recording_find_place (recording, replay->at, word, direction));
  else if (g_str_has_prefix (name, "exception"))
    go (replay, flatline_recording_find_exception (recording, replay->at, direction));
  else if (g_str_has_prefix (name, "find"))
    go (replay, flatline_recording_find_text (recording, replay->at, word, direction));
  else if (strcmp (name, "goto") == 0)
    go_to_number (replay, word);
  else if (strcmp (name, "first") == 0)
    go (replay, 0);
  else if (strcmp (name, "last") == 0)
    go (replay, flatline_recording_get_n_events (recording) - 1);
  else if (strcmp (name, "when") == 0)
    tell_change (replay, word);
  else if (strcmp (name, "vars") == 0)
    print_variables (replay, word);
  else if (strcmp (name, "where") == 0 || strcmp (name, "threads") == 0)
    print_stack (replay, name[0] == 't');
  else if (strcmp (name, "up") == 0 || strcmp (name, "down") == 0)
    move_in_stack (replay, name[0] == 'u' ? 1 : -1);
  else if (strcmp (name, "list") == 0)
    print_source (replay);
  else if (strcmp (name, "help") == 0)
    print_commands ();
  else
    replay->over = TRUE;
}

/* FALSE after a complaint. */
static gboolean
obey (Replay *replay, const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 2);
  const char *word = parts[0] && parts[1] ? g_strstrip (parts[1]) : "";

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strcmp (parts[0], commands[i].name) != 0 && strcmp (parts[0], commands[i].brief) != 0)
        continue;
      if ((commands[i].words == ALONE && *word) || (commands[i].words == WITH_WORD && !*word))
        {
          flatline_cli_complain ("%s: %s", commands[i].name, _ (commands[i].help));
          return FALSE;
        }
      carry_out (replay, commands[i].name, word);
      return TRUE;
    }
  flatline_cli_complain (_ ("unknown command “%s”; help lists them"), parts[0]);
  return FALSE;
}

static int
converse (Replay *replay)
{
  gboolean asks = isatty (STDIN_FILENO) && isatty (STDOUT_FILENO), fine = TRUE;
  g_autofree char *last = NULL;
  char *line = NULL;
  size_t size = 0;

  flatline_replay_print_step (replay->recording, replay->at);
  while (!replay->over)
    {
      if (asks)
        flatline_cli_write ("(replay) ", strlen ("(replay) "));
      if (getline (&line, &size, stdin) < 0)
        break;
      g_strstrip (line);
      if (*line)
        {
          g_free (last);
          last = g_strdup (line);
        }
      if (last)
        fine &= obey (replay, last);
    }
  free (line);
  return fine || asks ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}

int
flatline_cli_replay (int argc, char **argv)
{
  gboolean as_list = FALSE, as_json = FALSE, at_end = FALSE;
  const FlatlineCliOption options[] = {
    { "list", 0, FLATLINE_CLI_OPTION_ON, &as_list, NULL, N_ ("one line for each event, and no commands") },
    { "json", 0, FLATLINE_CLI_OPTION_ON, &as_json, NULL, N_ ("one JSON object a line for each event") },
    { "end", 0, FLATLINE_CLI_OPTION_ON, &at_end, NULL, N_ ("begin at the last event") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "replay [OPTION…] [FILE]",
    N_ ("Steps through a recording, forward and back; without a file, through the newest one."),
    N_ ("Commands are read from stdin, a line each; help lists them."),
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autofree char *folder = flatline_paths_dup_recordings_dir ();
  g_autoptr (GPtrArray) newest = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineRecording) recording = NULL;
  g_autofree char *ending = NULL;
  const char *path;
  guint n;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  newest = words[0] ? NULL : flatline_cli_list_recordings (folder);
  path = words[0] ? words[0] : newest->len > 0 ? newest->pdata[0] : NULL;
  if (!path)
    {
      flatline_cli_complain_of_no_recording ();
      return FLATLINE_CLI_FAILED;
    }
  if (words[0] && words[1])
    {
      flatline_cli_complain (_ ("replay needs one recording: flatline-cli replay FILE"));
      return FLATLINE_CLI_USAGE;
    }
  recording = flatline_recording_load (path, &error);
  if (!recording)
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  ending = flatline_recording_dup_ending (recording);
  if (ending)
    flatline_cli_complain ("%s", ending);
  n = flatline_recording_get_n_events (recording);
  if (n == 0)
    {
      flatline_cli_complain (_ ("“%s” has no events: the program ended, or was killed, before its first line ran"),
                             path);
      return FLATLINE_CLI_FAILED;
    }
  for (guint i = 0; (as_list || as_json) && i < n; i++)
    (as_json ? flatline_replay_print_json : flatline_replay_print_line) (recording, i);
  return as_list || as_json ? FLATLINE_CLI_FINE
                            : converse (&(Replay){ .recording = recording, .at = at_end ? n - 1 : 0 });
}
