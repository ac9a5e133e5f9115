/* SPDX-License-Identifier: MIT */
/*
 * How a program came to its end, where no thread tells: an exception that nobody caught, a start that failed, a signal
 * that nobody could hold. What the threads did besides says little then, and gives way.
 */
#include "flatline-diagnose.h"
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE_LENGTH     300
#define EXIT_NOT_EXECUTABLE 126 /* POSIX: the shell's, 2.8.2 */
#define EXIT_NOT_FOUND      127
#define FILE_START          "  File \""
#define FATAL               "Fatal Python error: "

static void
begin_verdict (FlatlineVerdict *verdict, const char *kind, char *summary)
{
  g_autofree char *text = summary;

  g_object_set (verdict, "kind", kind, "confidence", "certain", "summary", text, "location", NULL, "file", NULL,
                "function", NULL, "thread-name", NULL, NULL);
  verdict->line = 0;
  verdict->thread = 0;
  g_clear_object (&verdict->evidence);
  g_clear_object (&verdict->chain);
}

static void
add_fact (FlatlineVerdict *verdict, const char *source, char *fact)
{
  flatline_list_append (&verdict->evidence,
                        g_object_new (FLATLINE_TYPE_EVIDENCE, "fact", fact, "source", source, NULL));
  g_free (fact);
}

/* Exceptions */

/* "ValueError: bad 42", as Python prints it; "ValueError: 3 errors …" for a message of several lines. Transfer full. */
static char *
dup_exception_text (const FlatlineExceptionInfo *exception)
{
  const int length = exception->message ? (int)strcspn (exception->message, "\r\n") : 0;

  if (length == 0)
    return g_strdup (exception->type_name ? exception->type_name : "?");
  return g_strdup_printf ("%s: %.*s%s", exception->type_name, length, exception->message,
                          exception->message[length] ? " …" : "");
}

/* The frame where the program itself failed: a library that raises was told to do what it could not. */
static FlatlineFrame *
find_place (const FlatlineExceptionInfo *exception)
{
  for (guint i = 0; i < flatline_list_length (exception->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (exception->frames, i);

      if (flatline_frame_is_own (frame))
        return frame;
    }
  return flatline_list_length (exception->frames) > 0 ? flatline_list_peek (exception->frames, 0) : NULL;
}

static void
locate_by_frame (FlatlineVerdict *verdict, FlatlineFrame *frame)
{
  g_autofree char *location = flatline_frame_dup_location (frame);

  g_object_set (verdict, "location", location, "file", frame->file, "function",
                frame->qualified_name ? frame->qualified_name : frame->function, NULL);
  verdict->line = frame->line;
}

/* "… in file /x/y.py on line 3, but no encoding declared" */
static void
locate_by_sentence (FlatlineVerdict *verdict, const char *text)
{
  const char *at = text ? g_strrstr (text, " in file ") : NULL;
  const char *end = at ? strstr (at, " on line ") : NULL;

  if (!end)
    return;
  at += strlen (" in file ");
  g_free (verdict->file);
  verdict->file = g_strndup (at, end - at);
  verdict->line = g_ascii_strtoll (end + strlen (" on line "), NULL, 10);
  g_free (verdict->location);
  verdict->location = g_strdup_printf ("%s:%" G_GINT64_FORMAT, verdict->file, verdict->line);
}

/* The innermost 'File "x", line n, in f' of a traceback; in a syntax error nothing follows the line. */
static void
locate_by_text (FlatlineVerdict *verdict, const char *traceback)
{
  const char *at = traceback ? g_strrstr (traceback, FILE_START) : NULL;
  const char *file_end;
  const char *in;
  char *rest = NULL;
  g_auto (GStrv) words = NULL;

  if (!at)
    {
      locate_by_sentence (verdict, traceback);
      return;
    }
  at += strlen (FILE_START);
  file_end = strchr (at, '"');
  if (!file_end || !g_str_has_prefix (file_end, "\", line "))
    return;
  g_free (verdict->file);
  verdict->file = g_strndup (at, file_end - at);
  verdict->line = g_ascii_strtoll (file_end + strlen ("\", line "), &rest, 10);
  in = g_str_has_prefix (rest, ", in ") ? rest + strlen (", in ") : "";
  words = g_strsplit (in, "\n", 2);
  g_free (verdict->function);
  verdict->function = g_strdup (words[0] ? words[0] : "");
  g_free (verdict->location);
  verdict->location = *verdict->function ? g_strdup_printf ("%s:%" G_GINT64_FORMAT " in %s", verdict->file,
                                                            verdict->line, verdict->function)
                                         : g_strdup_printf ("%s:%" G_GINT64_FORMAT, verdict->file, verdict->line);
}

static gboolean
is_named (const FlatlineExceptionInfo *exception, const char *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  return exception->type_name && g_strv_contains ((const char *const *)list, exception->type_name);
}

/* The text between the first two quotes: "No module named 'x'". Transfer full, NULL. */
static char *
dup_quoted (const char *text)
{
  const char *begin = text ? strchr (text, '\'') : NULL;
  const char *end = begin ? strchr (begin + 1, '\'') : NULL;

  return end ? g_strndup (begin + 1, end - begin - 1) : NULL;
}

/* What ctypes says of a shared library that the dynamic loader does not find, in no other language. */
static gboolean
lacks_library (const FlatlineExceptionInfo *exception)
{
  return is_named (exception, "OSError") && exception->message
         && strstr (exception->message, "cannot open shared object file");
}

/*
 * Python's own words, in no other language: it was asked for something of a module that is still being imported. From
 * 3.13 on it advises to rename such a module that lies beside the script, and says so of no other. The module's name,
 * up to a quote, else NULL.
 */
static const char *
find_circular_module (const FlatlineExceptionInfo *exception)
{
  static const char *const marks[] = { "partially initialized module '", " from '", "module '" };
  const char *message = is_named (exception, "ImportError AttributeError") ? exception->message : NULL;
  gsize n_marks = 1;

  if (message && strstr (message, "if it has the same name as a library you intended to import"))
    n_marks = G_N_ELEMENTS (marks);
  for (gsize i = 0; message && i < n_marks; i++)
    {
      const char *at = strstr (message, marks[i]);

      if (at)
        return at + strlen (marks[i]);
    }
  return NULL;
}

/* The frames of modules that import each other, the outermost first: "a.py:1 → b.py:3". Transfer full. */
static char *
dup_circle (const FlatlineExceptionInfo *exception)
{
  const char *name = find_circular_module (exception);
  g_autofree char *module = g_strndup (name, strcspn (name, "'"));
  const char *last = strrchr (module, '.') ? strrchr (module, '.') + 1 : module;
  g_autoptr (GString) circle = g_string_new (NULL);

  for (guint i = flatline_list_length (exception->frames); i-- > 0;)
    {
      FlatlineFrame *frame = flatline_list_peek (exception->frames, i);
      g_autofree char *base = frame->file ? g_path_get_basename (frame->file) : NULL;
      g_autofree char *stem = base ? g_strndup (base, strcspn (base, ".")) : NULL;

      if (g_strcmp0 (frame->function, "<module>") != 0 || (circle->len == 0 && g_strcmp0 (stem, last) != 0))
        continue;
      g_string_append_printf (circle, "%s%s:%" G_GINT64_FORMAT, circle->len ? " → " : "", base, frame->line);
    }
  return g_string_free (g_steal_pointer (&circle), FALSE);
}

static char *
dup_start_text (const FlatlineExceptionInfo *exception)
{
  g_autofree char *text = dup_exception_text (exception);
  g_autofree char *module = dup_quoted (exception->message);

  if (is_named (exception, "ModuleNotFoundError") && module)
    return g_strdup_printf (
        /* Translators: a Python module */ _ ("The program could not start: there is no module ‘%s’"), module);
  if (is_named (exception, "SyntaxError IndentationError TabError"))
    return g_strdup_printf (/* Translators: Python's own words, "SyntaxError: invalid syntax" */
                            _ ("The program could not start: Python does not understand its text (%s)"), text);
  if (exception->shadow)
    return g_strdup_printf (/* Translators: a file, Python's own words */
                            _ ("The program could not start: “%1$s” was imported in the place of Python’s own module "
                               "of that name (%2$s)"),
                            exception->shadow, text);
  if (find_circular_module (exception))
    {
      g_autofree char *circle = dup_circle (exception);

      return g_strdup_printf (/* Translators: places, "a.py:1 → b.py:3", Python's own words */
                              _ ("The program could not start: modules import each other in a circle, %1$s (%2$s)"),
                              circle, text);
    }
  if (is_named (exception, "ImportError") || lacks_library (exception))
    return g_strdup_printf (/* Translators: Python's own words */ _ ("The program could not start: %s"), text);
  return NULL;
}

/* It was printed, and then the program or a thread ended: one that was caught and told of looks the same. Frames of
   text are incomplete, and so are all of them. */
static gboolean
is_from_output (const FlatlineExceptionInfo *exception)
{
  FlatlineFrame *frame = flatline_list_peek (exception->frames, 0);

  return g_strcmp0 (exception->context, "printed") == 0
         || (g_strcmp0 (exception->context, "thread") == 0 && frame && frame->incomplete
             && flatline_list_length (frame->locals) == 0);
}

/* What is missing or wrong in the text is a failed start whenever it ends the program before it has done anything. */
static gboolean
is_failed_start (FlatlineSnapshot *snapshot)
{
  const FlatlineExceptionInfo *exception = snapshot->exception;

  return g_strcmp0 (snapshot->phase, "startup") == 0
         && (g_strcmp0 (exception->context, "uncaught") == 0 || is_from_output (exception))
         && (is_named (exception, "ModuleNotFoundError ImportError SyntaxError IndentationError TabError")
             || lacks_library (exception) || exception->shadow || find_circular_module (exception));
}

static void
add_causes (FlatlineVerdict *verdict, const FlatlineExceptionInfo *exception)
{
  for (; exception->cause; exception = exception->cause)
    {
      g_autofree char *text = dup_exception_text (exception->cause);
      FlatlineFrame *frame = find_place (exception->cause);
      g_autofree char *location = frame ? flatline_frame_dup_location (frame) : NULL;

      if (exception->cause->is_cause)
        add_fact (verdict, location ? location : _ ("the exception"),
                  g_strdup_printf (/* Translators: an exception: "KeyError: 'x'" */ _ ("Its cause is %s"), text));
      else
        add_fact (verdict, location ? location : _ ("the exception"),
                  g_strdup_printf (/* Translators: an exception: "KeyError: 'x'" */
                                   _ ("It was raised while %s was being handled"), text));
    }
}

/* What the program found out besides about an import that failed. */
static void
add_import_facts (FlatlineVerdict *verdict, const FlatlineExceptionInfo *exception)
{
  if (exception->similar)
    add_fact (verdict, _ ("the folders of modules"),
              g_strdup_printf (/* Translators: a Python module */ _ ("There is a module of a similar name: ‘%s’"),
                               exception->similar));
  if (exception->found_in)
    add_fact (verdict, _ ("the folders of modules"),
              g_strdup_printf (/* Translators: the path of a Python */
                               _ ("Another Python has the module: run the program with “%s”"), exception->found_in));
  if (exception->shadow)
    add_fact (
        verdict, _ ("the folders of modules"),
        g_strdup_printf (/* Translators: a file */ _ ("“%s” hides a module of Python’s own: give it another name"),
                         exception->shadow));
}

static void
judge_exception (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineExceptionInfo *exception = snapshot->exception;
  gboolean failed_start = is_failed_start (snapshot);
  char *summary = failed_start ? dup_start_text (exception) : dup_exception_text (exception);
  FlatlineFrame *frame = find_place (exception);
  guint n_members = flatline_list_length (exception->group);

  begin_verdict (verdict, failed_start ? "startup-failure" : "exception", summary);
  g_object_set (verdict, "thread-name", exception->thread, NULL);
  if (is_from_output (exception))
    g_object_set (verdict, "confidence", "likely", NULL);
  if (frame && !is_named (exception, "SyntaxError IndentationError TabError"))
    locate_by_frame (verdict, frame);
  else
    locate_by_text (verdict, exception->traceback_text);
  if (verdict->location)
    add_fact (
        verdict, is_from_output (exception) ? _ ("the program's last output") : _ ("the traceback"),
        g_strdup_printf (/* Translators: a place, "app.py:12 in work" */ _ ("It was raised in %s"), verdict->location));
  if (flatline_snapshot_tells_of_ignored (snapshot))
    add_fact (verdict, _ ("the process"), g_strdup (_ ("Python ignored it, as there is nobody to pass it on to")));
  /* What leaves the main program uncaught is what makes Python shut down. */
  if (g_strcmp0 (snapshot->phase, "shutdown") == 0 && g_strcmp0 (exception->context, "uncaught") != 0)
    add_fact (verdict, _ ("the process"), g_strdup (_ ("It was raised while Python shut down")));
  /* A module that is missing is often there for another interpreter: that of an environment that was not used. */
  if (failed_start && is_named (exception, "ModuleNotFoundError") && snapshot->program && snapshot->program->executable)
    add_fact (
        verdict, _ ("the process"),
        g_strdup_printf (/* Translators: the path of a Python */ _ ("It ran under %s"), snapshot->program->executable));
  add_import_facts (verdict, exception);
  for (guint i = 0; i < n_members; i++)
    add_fact (verdict, _ ("the exception"), dup_exception_text (flatline_list_peek (exception->group, i)));
  add_causes (verdict, exception);
}

/* Starts that failed before Python could tell */

static const struct
{
  const char *words; /* of Python, the shell and the dynamic loader, in no other language */
  const char *what;
  gboolean of_shell; /* counts only with the exit statuses that shells keep for it */
} failures[] = {
  { "ModuleNotFoundError: ", N_ ("a module is missing") },
  { "No module named ", N_ ("a module is missing") },
  { "ImportError: ", N_ ("something could not be imported") },
  { "SyntaxError: ", N_ ("Python does not understand its text") },
  { "IndentationError: ", N_ ("Python does not understand its text") },
  { "TabError: ", N_ ("Python does not understand its text") },
  { "can't open file ", N_ ("the script cannot be opened") },
  { "can't find '__main__' module ", N_ ("there is nothing to run in it") },
  { "Error while finding module specification for ", N_ ("a module is missing") },
  { "bad interpreter", N_ ("its first line names an interpreter that is not there"), TRUE },
  { "error while loading shared libraries: ", N_ ("a shared library is missing") },
  { "symbol lookup error: ", N_ ("a shared library does not fit") },
  { ": not found", N_ ("a command is not there"), TRUE },
  { "command not found", N_ ("a command is not there"), TRUE },
  { "cannot execute", N_ ("a command cannot be executed"), TRUE },
  { "Permission denied", N_ ("a command cannot be executed"), TRUE },
};

/* What the interpreter itself says when it finds nothing to run, its own path in front: "…/python3: No module named x"
 */
static gboolean
is_of_interpreter (const char *line)
{
  static const char *const words[] = { ": No module named ", ": can't open file ", ": can't find '__main__' module ",
                                       ": Error while finding module specification for " };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const char *end = strstr (line, words[i]);
      g_autofree char *path = end ? g_strndup (line, end - line) : NULL;
      g_autofree char *base = path ? g_path_get_basename (path) : NULL;

      if (base && g_str_has_prefix (base, "python"))
        return TRUE;
    }
  return FALSE;
}

/*
 * The last line of the output that says so; transfer full. The interpreter's own complaint goes first: what it adds
 * ("ModuleNotFoundError: No module named 'encodings'") is its trouble, not the program's.
 */
static char *
find_failure (const char *output, gint64 exit_status, const char **what)
{
  const char *fatal = output ? strstr (output, FATAL) : NULL;
  gboolean is_shells = exit_status == EXIT_NOT_EXECUTABLE || exit_status == EXIT_NOT_FOUND;
  g_auto (GStrv) lines = g_strsplit (output ? output : "", "\n", -1);

  if (fatal)
    {
      g_autofree char *line = g_strndup (fatal, MIN (strcspn (fatal, "\n"), MAX_LINE_LENGTH));

      *what = _ ("Python itself does not come up");
      return g_utf8_make_valid (line, -1);
    }
  for (guint i = g_strv_length (lines); i-- > 0;)
    for (gsize j = 0; j < G_N_ELEMENTS (failures); j++)
      if ((is_shells || !failures[j].of_shell) && strstr (lines[i], failures[j].words))
        {
          g_autofree char *line = g_strndup (g_strstrip (lines[i]), MAX_LINE_LENGTH);

          *what = _ (failures[j].what);
          return g_utf8_make_valid (line, -1);
        }
  return NULL;
}

/* The most common reason for a Python that does not come up; it says so itself: "  PYTHONHOME = '/x'". */
static void
add_python_home (FlatlineVerdict *verdict, const char *output)
{
  const char *home = strstr (output, "PYTHONHOME = '");
  g_autofree char *value = home ? dup_quoted (home) : NULL;

  if (value && strstr (output, FATAL))
    add_fact (
        verdict, _ ("the program’s environment"),
        g_strdup_printf (/* Translators: a folder */
                         _ ("PYTHONHOME is “%s”, where Python looks for its library: take it out of the environment"),
                         value));
}

static gboolean
judge_failed_start (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  const char *what = NULL;
  g_autofree char *line = find_failure (snapshot->output_tail, snapshot->exit_status, &what);

  if (!line)
    return FALSE;
  begin_verdict (verdict, "startup-failure",
                 g_strdup_printf (/* Translators: a reason, then the program's own words */
                                  _ ("The program could not start: %s (%s)"), what, line));
  locate_by_text (verdict, snapshot->output_tail);
  add_fact (verdict, _ ("the program's last output"), g_steal_pointer (&line));
  add_python_home (verdict, snapshot->output_tail);
  add_fact (verdict, _ ("the kernel"),
            g_strdup_printf (_ ("The program ended with exit status %" PRId64), snapshot->exit_status));
  return TRUE;
}

gboolean
flatline_output_tells_failed_start (const char *output, int exit_status, gboolean is_up)
{
  const char *what;
  g_autofree char *line = find_failure (output, exit_status, &what);

  return line && (!is_up || (is_of_interpreter (line) && strlen (line) + 2 >= strlen (output)));
}

/* Signals that nobody could hold */

static char *
dup_kill_text (FlatlineSnapshot *snapshot)
{
  const char *abbreviation = sigabbrev_np ((int)snapshot->signal);

  if (g_strcmp0 (snapshot->killer, "memory") == 0)
    return g_strdup (_ ("The kernel killed the program because memory ran out (SIGKILL)"));
  if (g_strcmp0 (snapshot->killer, "memory-limit") == 0)
    return g_strdup (_ ("The kernel killed the program because it reached its memory limit (SIGKILL)"));
  if (!abbreviation)
    return g_strdup_printf (_ ("The program was killed by signal %d"), (int)snapshot->signal);
  return g_strdup_printf (/* Translators: a signal, what it means: "SEGV", "Segmentation fault" */
                          _ ("The program was killed by SIG%s (%s)"), abbreviation,
                          g_strsignal ((int)snapshot->signal));
}

/* Where the first thread was when the signal came; NULL when nobody could look, or it has no name. */
static FlatlineFrame *
find_place_of_killed (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);
      FlatlineFrame *place = thread->is_main ? flatline_thread_find_place (thread) : NULL;

      if (place && place->function && !g_str_has_prefix (place->function, "0x"))
        return place;
    }
  return NULL;
}

static void
judge_signal (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineFrame *place = find_place_of_killed (snapshot);
  g_autofree char *location = place ? flatline_frame_dup_location (place) : NULL;
  g_autofree char *text = dup_kill_text (snapshot);

  if (place)
    begin_verdict (verdict, "killed",
                   g_strdup_printf (/* Translators: "The program was killed by SIGKILL (Killed)", a function */
                                    _ ("%1$s while it was in %2$s"), text, place->function));
  else
    begin_verdict (verdict, "killed", g_steal_pointer (&text));
  if (place)
    locate_by_frame (verdict, place);
  if (location)
    add_fact (verdict, _ ("the stack"), g_strdup (location));
  if (snapshot->signal_sender > 0 && snapshot->program && snapshot->signal_sender == snapshot->program->pid)
    add_fact (verdict, _ ("the kernel"), g_strdup (_ ("The program sent itself the signal")));
  else if (snapshot->signal_sender > 0)
    add_fact (verdict, _ ("the kernel"),
              g_strdup_printf (/* Translators: a process */ _ ("Process %" PRId64 " sent the signal"),
                               snapshot->signal_sender));
  for (guint i = 0; i < flatline_list_length (snapshot->facts); i++)
    flatline_list_append (&verdict->evidence, g_object_ref (flatline_list_peek (snapshot->facts, i)));
}

void
flatline_diagnosis_judge_end (FlatlineSnapshot *snapshot)
{
  gboolean is_end = g_strcmp0 (snapshot->reason, "exception") == 0 || g_strcmp0 (snapshot->reason, "crash") == 0;

  /* What nobody caught, and Qt or another then made the end of. */
  if (is_end && strcmp (snapshot->verdict->kind, "crash") == 0 && snapshot->exception)
    add_fact (snapshot->verdict, _ ("the exception"), dup_exception_text (snapshot->exception));
  if (!is_end || strcmp (snapshot->verdict->kind, "crash") == 0)
    return;
  if (snapshot->signal != 0)
    judge_signal (snapshot);
  else if (snapshot->exception)
    judge_exception (snapshot);
  else
    judge_failed_start (snapshot);
}
