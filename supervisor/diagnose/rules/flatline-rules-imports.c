/* SPDX-License-Identifier: MIT */
/*
 * Imports that do not come to their end. They leave no sign but importlib's frames, from which the chain of modules is
 * read. Whether such a wait means that the program hangs in its start is told apart from programs whose whole work is
 * done within an import.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* Evidence is read by people: more modules than this tell them no more. */
#define MAX_LISTED 10

static gboolean
is_import_machinery (FlatlineFrame *frame)
{
  return frame->file
         && (g_str_has_prefix (frame->file, "<frozen importlib") || g_str_has_prefix (frame->file, "<frozen zipimport")
             || g_str_has_suffix (frame->file, "/importlib/__init__.py"));
}

/* The module that @frame of importlib finds and loads: "shop.orders". Transfer full, NULL for other frames. */
static char *
dup_imported_module (FlatlineFrame *frame)
{
  FlatlineValue *name;
  gsize length;

  if (g_strcmp0 (frame->function, "_find_and_load") != 0 || !is_import_machinery (frame))
    return NULL;
  name = flatline_frame_find_local (frame, "name");
  length = name && name->text ? strlen (name->text) : 0;
  return length < 3 ? NULL : g_strdup_printf ("%.*s", (int)length - 2, name->text + 1);
}

/* The frame whose line imports what importlib's frame at @position finds; NULL when no Python code does. */
static FlatlineFrame *
find_importing_frame (FlatlineThread *thread, guint position)
{
  for (guint i = position + 1; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (flatline_frame_is_python (frame) && !is_import_machinery (frame))
        return frame;
    }
  return NULL;
}

/* The chain of imports, the innermost last, a fact for each: "shop.py:3 in <module> imports ‘orders’". */
static void
add_import_evidence (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  g_autofree char *label = flatline_thread_dup_label (thread);
  g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
  guint positions[MAX_LISTED];
  guint imports = 0;

  for (guint i = 0; i < flatline_thread_count_frames (thread) && imports < MAX_LISTED; i++)
    {
      g_autofree char *module = dup_imported_module (flatline_thread_peek_frame (thread, i));

      if (module)
        positions[imports++] = i;
    }
  while (imports-- > 0)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, positions[imports]);
      FlatlineFrame *importing = find_importing_frame (thread, positions[imports]);
      g_autofree char *location = importing ? flatline_frame_dup_location (importing) : NULL;
      g_autofree char *module = dup_imported_module (frame);
      g_autofree char *quoted = g_strdup_printf ("‘%s’", module);

      flatline_finding_add_evidence (finding, source, _ ("%s imports %s"), location ? location : label, quoted);
      flatline_finding_point (finding, flatline_reference_new_for_frame (location ? importing : frame, thread->pid));
    }
}

/* The .pth file of which `site` runs a line, as no file of a stack shows. Transfer full, NULL. */
static char *
dup_package_file (FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      FlatlineValue *file =
          g_strcmp0 (frame->function, "addpackage") == 0 ? flatline_frame_find_local (frame, "fullname") : NULL;

      if (file && file->text && strlen (file->text) > 2)
        return g_strndup (file->text + 1, strlen (file->text) - 2);
    }
  return NULL;
}

/* A module that hangs while it is imported leaves no sign of it but importlib's frames. */
void
flatline_finding_note_import (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *import =
      flatline_thread_find_frame (finding->thread, "<frozen importlib._bootstrap>", "_find_and_load");
  g_autofree char *module = import ? dup_imported_module (import) : NULL;
  g_autofree char *package_file = NULL;

  if (!finding->does || finding->aside || !module || strcmp (finding->kind, "unknown") == 0
      || strcmp (finding->kind, "idle") == 0)
    return;
  package_file = dup_package_file (finding->thread);
  if (package_file && strcmp (module, "site") == 0)
    finding->aside =
        g_strdup_printf (/* Translators: a file */ _ ("all this while it runs a line of “%s”"), package_file);
  else
    finding->aside = g_strdup_printf (_ ("all this while it imports module ‘%s’"), module);
  add_import_evidence (finding);
}

/* Whether any statement comes after the one that @frame, of a module, is at; FALSE when the source is not kept. */
static gboolean
has_more_to_do (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  gint64 number = MAX (frame->line, frame->end_line);
  gboolean in_list = FALSE; /* from a import (\n b,\n c) */
  gsize length;
  const char *text;

  for (; (text = flatline_diagnosis_find_line (diagnosis, frame->file, number, &length)); number++)
    {
      g_autofree char *line = g_strstrip (g_strndup (text, length));

      if (number > MAX (frame->line, frame->end_line) && !in_list && *line && *line != '#')
        return TRUE;
      if (number == frame->line)
        in_list = strchr (line, '(') && !strchr (line, ')');
      else if (in_list)
        in_list = !strchr (line, ')');
    }
  return FALSE;
}

/* What runs a module as the program: nothing is done after it. */
static gboolean
is_runner (FlatlineFrame *frame)
{
  return frame->file && (g_str_has_prefix (frame->file, "<frozen ") || g_str_has_suffix (frame->file, "/runpy.py"));
}

/*
 * The program has done nothing yet but to import: module upon module, or a framework that imports the program's. Not
 * all of them as the last thing that is to be done: that is how programs are written which are all in one module
 * ("import server").
 */
static gboolean
is_still_loading (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint innermost_import)
{
  gboolean more_to_do = FALSE;

  for (guint i = innermost_import; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (!flatline_frame_is_python (frame) || is_import_machinery (frame) || is_runner (frame))
        continue;
      if (g_strcmp0 (frame->function, "<module>") == 0)
        more_to_do = more_to_do || has_more_to_do (diagnosis, frame);
      else if (flatline_frame_is_own (frame))
        return FALSE;
      else
        more_to_do = TRUE;
    }
  return more_to_do;
}

/*
 * A wait in the middle of an import. One for a person or a clock, or in a program that has printed something, may be
 * what the program is there for: then it must be in its start beyond doubt.
 */
gboolean
flatline_finding_is_stuck_import (FlatlineDiagnosis *diagnosis, const FlatlineFinding *finding)
{
  static const char *const works[] = { "idle", "async-wait", "unknown", "native-busy", "gil-held", "busy-loop", NULL };
  static const char *const rests[] = { "sleep", "stdin-wait", NULL };
  const char *output = diagnosis->snapshot->output_tail;

  if (!finding->does || g_strv_contains (works, finding->kind))
    return FALSE;
  for (guint i = 0; i < flatline_thread_count_frames (finding->thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (finding->thread, i);

      if (is_import_machinery (frame) && g_strcmp0 (frame->function, "_find_and_load") == 0)
        return !((output && *output) || g_strv_contains (rests, finding->kind))
               || is_still_loading (diagnosis, finding->thread, i);
    }
  return FALSE;
}
