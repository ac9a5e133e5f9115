/* SPDX-License-Identifier: MIT */
/*
 * The verdict about an exception that ended the program or a thread: where the program itself failed, what it followed
 * from, and what is missing when it could not even start.
 */
#include "flatline-ends.h"

#include "flatline-program-facts.h"

#include <string.h>

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

static gboolean
is_named (const FlatlineExceptionInfo *exception, const char *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  return exception->type_name && g_strv_contains ((const char *const *)list, exception->type_name);
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
  g_autofree char *text = flatline_end_dup_exception_text (exception);
  g_autofree char *module = flatline_end_dup_quoted (exception->message);

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
      g_autofree char *text = flatline_end_dup_exception_text (exception->cause);
      FlatlineFrame *frame = find_place (exception->cause);
      g_autofree char *location = frame ? flatline_frame_dup_location (frame) : NULL;

      if (exception->cause->is_cause)
        flatline_end_add_fact (
            verdict, location ? location : _ ("the exception"),
            g_strdup_printf (/* Translators: an exception: "KeyError: 'x'" */ _ ("Its cause is %s"), text));
      else
        flatline_end_add_fact (verdict, location ? location : _ ("the exception"),
                               g_strdup_printf (/* Translators: an exception: "KeyError: 'x'" */
                                                _ ("It was raised while %s was being handled"), text));
    }
}

/* What the program found out besides about an import that failed. */
static void
add_import_facts (FlatlineVerdict *verdict, const FlatlineExceptionInfo *exception)
{
  if (exception->similar)
    flatline_end_add_fact (
        verdict, _ ("the folders of modules"),
        g_strdup_printf (/* Translators: a Python module */ _ ("There is a module of a similar name: ‘%s’"),
                         exception->similar));
  if (exception->found_in)
    flatline_end_add_fact (
        verdict, _ ("the folders of modules"),
        g_strdup_printf (/* Translators: the path of a Python */
                         _ ("Another Python has the module: run the program with “%s”"), exception->found_in));
  if (exception->shadow)
    flatline_end_add_fact (
        verdict, _ ("the folders of modules"),
        g_strdup_printf (/* Translators: a file */ _ ("“%s” hides a module of Python’s own: give it another name"),
                         exception->shadow));
}

void
flatline_end_judge_exception (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineExceptionInfo *exception = snapshot->exception;
  gboolean failed_start = is_failed_start (snapshot);
  char *summary = failed_start ? dup_start_text (exception) : flatline_end_dup_exception_text (exception);
  FlatlineFrame *frame = find_place (exception);
  guint n_members = flatline_list_length (exception->group);

  flatline_end_begin_verdict (verdict, failed_start ? "startup-failure" : "exception", summary);
  g_object_set (verdict, "thread-name", exception->thread, NULL);
  if (is_from_output (exception))
    g_object_set (verdict, "confidence", "likely", NULL);
  if (frame && !is_named (exception, "SyntaxError IndentationError TabError"))
    flatline_end_locate_by_frame (verdict, frame);
  else
    flatline_end_locate_by_text (verdict, exception->traceback_text);
  if (verdict->location)
    flatline_end_add_fact (
        verdict, is_from_output (exception) ? _ ("the program’s last output") : _ ("the traceback"),
        g_strdup_printf (/* Translators: a place, "app.py:12 in work" */ _ ("It was raised in %s"), verdict->location));
  if (flatline_snapshot_tells_of_ignored (snapshot))
    flatline_end_add_fact (verdict, _ ("the process"),
                           g_strdup (_ ("Python ignored it, as there is nobody to pass it on to")));
  /* What leaves the main program uncaught is what makes Python shut down. */
  if (g_strcmp0 (snapshot->phase, "shutdown") == 0 && g_strcmp0 (exception->context, "uncaught") != 0)
    flatline_end_add_fact (verdict, _ ("the process"), g_strdup (_ ("It was raised while Python was shutting down")));
  /* A module that is missing is often there for another interpreter: that of an environment that was not used. */
  if (failed_start && is_named (exception, "ModuleNotFoundError") && snapshot->program && snapshot->program->executable)
    flatline_end_add_fact (
        verdict, _ ("the process"),
        g_strdup_printf (/* Translators: the path of a Python */ _ ("It ran under %s"), snapshot->program->executable));
  add_import_facts (verdict, exception);
  for (guint i = 0; i < n_members; i++)
    flatline_end_add_fact (verdict, _ ("the exception"),
                           flatline_end_dup_exception_text (flatline_list_peek (exception->group, i)));
  add_causes (verdict, exception);
}
