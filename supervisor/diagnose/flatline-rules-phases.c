/* SPDX-License-Identifier: MIT */
/*
 * When in its life a program hangs. The stack of the main thread tells: while the interpreter shuts down its outermost
 * frame is no longer the module that was run; while it starts, that module is not there yet.
 */
#include "flatline-diagnosis.h"

#include <string.h>

static const struct
{
  const char *file;
  const char *functions;
  const char *loop;
} loops[] = {
  { "asyncio/base_events.py", "run_forever _run_once", "asyncio" },
  { "gi/overrides/GLib.py", "run", "GLib" },
  { "gi/overrides/Gio.py", "run", "GLib" },
  { "gi/overrides/Gtk.py", "main run", "GTK" },
  { "tkinter/__init__.py", "mainloop wait_window wait_variable", "Tk" },
};

/* Who is stopped or dies does so in any phase. */
static gboolean
is_of_no_phase (const FlatlineFinding *finding)
{
  return strcmp (finding->kind, "stopped") == 0 || strcmp (finding->kind, "crash") == 0;
}

static const char *
find_loop_frame (FlatlineThread *thread, FlatlineFrame **frame)
{
  for (gsize i = 0; i < G_N_ELEMENTS (loops); i++)
    {
      *frame = flatline_thread_find_frame (thread, loops[i].file, loops[i].functions);
      if (*frame)
        return loops[i].loop;
    }
  return NULL;
}

/* The outermost function of the program that @loop, a frame of @thread, has called; NULL when the loop itself waits. */
static FlatlineFrame *
find_callback (FlatlineThread *thread, FlatlineFrame *loop)
{
  FlatlineFrame *callback = NULL;

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (frame == loop)
        return callback;
      if (flatline_frame_is_own (frame))
        callback = frame;
    }
  return NULL;
}

/* A callback that does not return holds up everything else that its loop serves. */
void
flatline_finding_note_loop (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *loop_frame = NULL;
  const char *loop = find_loop_frame (finding->thread, &loop_frame);
  FlatlineFrame *callback = loop ? find_callback (finding->thread, loop_frame) : NULL;

  if (!callback || !finding->does || is_of_no_phase (finding) || strcmp (finding->kind, "unknown") == 0)
    return;
  finding->aside = g_strdup_printf (_ ("meanwhile the %s loop that called ‘%s’ stands still"), loop,
                                    callback->qualified_name ? callback->qualified_name : callback->function);
  flatline_finding_add_frame_evidence (finding, loop_frame);
}

/* A module that hangs while it is imported leaves no sign of it but importlib's frames. */
void
flatline_finding_note_import (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *import =
      flatline_thread_find_frame (finding->thread, "<frozen importlib._bootstrap>", "_find_and_load");
  FlatlineValue *name = flatline_frame_find_local (import, "name");
  const gsize length = name && name->text ? strlen (name->text) : 0;

  if (!finding->does || finding->aside || length < 3 || strcmp (finding->kind, "unknown") == 0
      || strcmp (finding->kind, "idle") == 0)
    return;
  finding->aside = g_strdup_printf (_ ("all this while it imports module ‘%.*s’"), (int)length - 2, name->text + 1);
  flatline_finding_add_frame_evidence (finding, import);
}

static gboolean
is_plain_python (FlatlineDiagnosis *diagnosis)
{
  FlatlineProgram *program = diagnosis->snapshot->program;
  const char *base;

  if (!program || !program->executable)
    return FALSE;
  base = strrchr (program->executable, '/');
  return g_str_has_prefix (base ? base + 1 : program->executable, "python");
}

/* The stack of a greenlet begins where it was made, whatever the thread's first one has called before. */
static gboolean
has_greenlets (FlatlineDiagnosis *diagnosis)
{
  return diagnosis->snapshot->program && diagnosis->snapshot->program->greenlets;
}

static gboolean
has_module_frame (FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (g_strcmp0 (frame->function, "<module>") == 0 || g_strcmp0 (frame->function, "_run_module_as_main") == 0)
        return TRUE;
    }
  return FALSE;
}

/* A blocking call that gevent or eventlet did not replace holds up the hub and all that it serves. */
void
flatline_finding_note_greenlets (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;

  if (!has_greenlets (diagnosis) || !finding->does || finding->aside || !flatline_thread_find_innermost (thread)
      || has_module_frame (thread) || !thread->is_main || strcmp (finding->kind, "idle") == 0
      || strcmp (finding->kind, "unknown") == 0 || strcmp (finding->kind, "stopped") == 0)
    return;
  finding->aside = g_strdup (_ ("meanwhile no other greenlet of this thread can run"));
}

void
flatline_finding_note_shutdown (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *outermost = flatline_thread_find_outermost (thread);
  FlatlineFrame *known = flatline_thread_find_frame (thread, "threading.py", "_shutdown");
  char *does;

  if (!thread->is_main || !outermost || is_of_no_phase (finding))
    return;
  if (!known)
    known = flatline_thread_find_frame (thread, "concurrent/futures/thread.py", "_python_exit");
  if (!known)
    known = flatline_thread_find_frame (thread, "multiprocessing/util.py", "_exit_function");
  if (!known)
    known = flatline_thread_find_frame (thread, "weakref.py", "_exitfunc");
  /* Called by nobody, it was registered with atexit. */
  if (!known && flatline_thread_find_frame (thread, "logging/__init__.py", "shutdown") == outermost)
    known = outermost;
  /* A function registered with atexit is called by nobody, as the stack shows it; only a whole stack shows that. */
  if (!known && !thread->incomplete && !diagnosis->snapshot->limits && is_plain_python (diagnosis)
      && !has_greenlets (diagnosis) && !has_module_frame (thread) && flatline_frame_is_own (outermost))
    known = outermost;
  if (!known)
    return;
  does = g_strdup_printf (_ ("has finished the program and, at exit, %s"), finding->does ? finding->does : _ ("waits"));
  flatline_finding_settle (finding, "shutdown-hang", MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY), does);
  flatline_finding_add_frame_evidence (finding, known);
}

void
flatline_finding_note_startup (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *outermost = flatline_thread_find_outermost (thread);
  char *does;

  if (!thread->is_main || !is_plain_python (diagnosis) || is_of_no_phase (finding))
    return;
  if (outermost && !(outermost->file && g_str_has_prefix (outermost->file, "<frozen importlib")))
    return;
  /* No frame and no word that the interpreter could not be read: it has not begun to run code. */
  if (!outermost && (!thread->is_python || thread->incomplete))
    return;
  does = g_strdup_printf (_ ("is still starting Python and %s"), finding->does ? finding->does : _ ("waits"));
  flatline_finding_settle (finding, "startup-hang", MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY), does);
  if (outermost)
    flatline_finding_add_frame_evidence (finding, outermost);
}
