/* SPDX-License-Identifier: MIT */
/* Which words of Python's command line are options: Python/initconfig.c and Python/getopt.c of CPython. */
#include "flatline-unfiled-sources.h"

#include "flatline-capture-private.h"
#include "flatline-mounts.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_TEXT     (1024 * 1024)
#define COMMAND_NAME "<string>"
#define STDIN_NAME   "<stdin>"

typedef enum
{
  RUNS_FILE, /* or a module */
  RUNS_COMMAND,
  RUNS_STDIN,
} What;

typedef struct
{
  const char *name;
  const char *text;
  guint n_lines;
  guint n_frames;
  gboolean fits;
} Fitting;

/* @command: the text behind -c, borrowed. */
static What
find_what_runs (char **argv, const char **command)
{
  guint i = 1;

  for (; argv && argv[0] && argv[i] && argv[i][0] == '-' && argv[i][1] != '\0'; i++)
    {
      if (g_str_has_prefix (argv[i], "--"))
        {
          i += strcmp (argv[i], "--check-hash-based-pycs") == 0 && argv[i + 1] ? 1 : 0;
          continue;
        }
      for (const char *letter = argv[i] + 1; *letter; letter++)
        {
          const char *value = letter[1] ? letter + 1 : argv[i + 1];

          if (*letter == 'c')
            {
              *command = value;
              return value ? RUNS_COMMAND : RUNS_FILE;
            }
          if (*letter == 'm' || (strchr ("WX", *letter) && !value))
            return RUNS_FILE;
          if (!strchr ("WX", *letter))
            continue;
          i += letter[1] ? 0 : 1;
          break;
        }
    }
  return argv && argv[0] && (!argv[i] || strcmp (argv[i], "-") == 0) ? RUNS_STDIN : RUNS_FILE;
}

/* Where the line after this one begins; NULL: it is the last. */
static const char *
find_next_line (const char *line)
{
  const char *end = strchr (line, '\n');

  return end && end[1] ? end + 1 : NULL;
}

/* "def NAME" or "class NAME" stands in the text; functions without a name are taken at their word. */
static gboolean
has_function (const char *text, const char *name)
{
  g_autofree char *pattern = NULL;
  g_autofree char *quoted = NULL;

  if (!name || name[0] == '<')
    return TRUE;
  quoted = g_regex_escape_string (name, -1);
  pattern = g_strdup_printf ("(^|[:;])[ \\t\\f]*(async\\s+)?(def|class)\\s+%s\\b", quoted);
  return g_regex_match_simple (pattern, text, G_REGEX_MULTILINE, 0);
}

static void
try_frames (GListStore *frames, Fitting *fitting)
{
  const guint n = flatline_list_length (frames);

  for (guint i = 0; i < n; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i);

      if (g_strcmp0 (frame->file, fitting->name) != 0)
        continue;
      fitting->n_frames++;
      if (frame->line > (gint64)fitting->n_lines || !has_function (fitting->text, frame->function))
        fitting->fits = FALSE;
      /* The text itself runs once, as what all else was called by. */
      for (guint j = i + 1; g_strcmp0 (frame->function, "<module>") == 0 && j < n; j++)
        if (g_strcmp0 (((FlatlineFrame *)flatline_list_peek (frames, j))->kind, "native") != 0)
          fitting->fits = FALSE;
    }
}

static void
try_exception (FlatlineExceptionInfo *exception, Fitting *fitting)
{
  for (; exception; exception = exception->cause)
    {
      try_frames (exception->frames, fitting);
      for (guint i = 0; i < flatline_list_length (exception->group); i++)
        try_exception (flatline_list_peek (exception->group, i), fitting);
    }
}

static const char *
find_command_line (FlatlineSnapshot *snapshot, gint64 pid)
{
  for (guint i = 0; i < flatline_list_length (snapshot->processes); i++)
    {
      FlatlineProcess *process = flatline_list_peek (snapshot->processes, i);

      if (process->pid == pid)
        return process->command_line;
    }
  return NULL;
}

/* One of another process has this text only where it runs what the program runs: a forked child. */
static void
try_relative (FlatlineSnapshot *snapshot, FlatlineThread *thread, Fitting *fitting)
{
  const guint n_frames = fitting->n_frames;

  try_frames (thread->frames, fitting);
  if (fitting->n_frames > n_frames
      && g_strcmp0 (find_command_line (snapshot, thread->pid), find_command_line (snapshot, snapshot->program->pid))
             != 0)
    fitting->fits = FALSE;
}

static gboolean
fits_frames (FlatlineSnapshot *snapshot, const char *name, const char *text)
{
  Fitting fitting = { name, text, 0, 0, TRUE };

  for (const char *line = text; line; line = find_next_line (line))
    fitting.n_lines++;
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    try_frames (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->frames, &fitting);
  for (guint i = 0; i < flatline_list_length (snapshot->relatives); i++)
    try_relative (snapshot, flatline_list_peek (snapshot->relatives, i), &fitting);
  for (guint i = 0; i < flatline_list_length (snapshot->tasks); i++)
    try_frames (((FlatlineTask *)flatline_list_peek (snapshot->tasks, i))->frames, &fitting);
  try_exception (snapshot->exception, &fitting);
  return fitting.fits && fitting.n_frames > 0;
}

/* Borrowed; NULL: there is none of this @name. */
static FlatlineSourceFile *
find_known (FlatlineSnapshot *snapshot, const char *name, guint *position)
{
  for (*position = 0; *position < flatline_list_length (snapshot->sources); (*position)++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, *position);

      if (strcmp (source->file, name) == 0)
        return source;
    }
  return NULL;
}

/* Of a file alone: what came through a pipe is gone. Transfer full. */
static char *
read_standard_input (gint64 pid, gsize *length)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" PRId64 "/fd/0", pid);
  g_autofree char *target = g_file_read_link (path, NULL);
  struct stat status;

  /* To open the end of a pipe is noticed at the other end. */
  if (!target || !flatline_file_answers (pid, target, NULL) || stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return NULL;
  return flatline_capture_read_file (path, MAX_TEXT, length, &status);
}

void
flatline_unfiled_sources_add (FlatlineSnapshot *snapshot, gboolean alive)
{
  const char *command = NULL;
  const What what = snapshot->program ? find_what_runs (snapshot->program->argv, &command) : RUNS_FILE;
  const char *name = what == RUNS_COMMAND ? COMMAND_NAME : STDIN_NAME;
  g_autofree char *read = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  guint position;
  FlatlineSourceFile *source = find_known (snapshot, name, &position);

  /* Python 3.13 and later tell linecache the text behind -c, by the name that exec() gives its texts, too. */
  if (what == RUNS_COMMAND && source && source->text && !fits_frames (snapshot, name, source->text))
    g_list_store_remove (snapshot->sources, position);
  if (what == RUNS_FILE || source)
    return;
  if (what == RUNS_STDIN && alive)
    read = read_standard_input (snapshot->program->pid, &length);
  if (what == RUNS_COMMAND || read)
    text = read ? g_utf8_make_valid (read, (gssize)length) : g_utf8_make_valid (command, -1);
  if (!text || !fits_frames (snapshot, name, text))
    return;
  source = g_object_new (FLATLINE_TYPE_SOURCE_FILE, NULL);
  source->file = g_strdup (name);
  source->text = g_steal_pointer (&text);
  source->truncated = length == MAX_TEXT;
  flatline_list_append (&snapshot->sources, source);
}
