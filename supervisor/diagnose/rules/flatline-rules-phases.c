/* SPDX-License-Identifier: MIT */
/*
 * When in its life a program hangs. The stack of the main thread tells: while the interpreter shuts down its outermost
 * frame is no longer the module that was run; while it starts, that module is not there yet.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <inttypes.h>
#include <string.h>

/* Evidence is read by people: more modules or threads than this tell them no more. */
#define MAX_LISTED 10

static const struct
{
  const char *file;
  const char *functions;
  const char *loop;
} loops[] = {
  { "asyncio/base_events.py", "run_forever _run_once", "asyncio" },
  /* Its loop is written in C: this is who began it, and wraps the coroutine that is run. */
  { "uvloop/__init__.py", "run", "uvloop" },
  { "asyncio/runners.py", "run", "asyncio" },
  { "gi/overrides/GLib.py", "run", "GLib" },
  { "gi/overrides/Gio.py", "run", "GLib" },
  { "gi/overrides/Gtk.py", "main run", "GTK" },
  { "tkinter/__init__.py", "mainloop wait_window wait_variable", "Tk" },
  { "trio/_core/_run.py", "unrolled_run run", "Trio" },
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

/*
 * Qt's loop is C++ and leaves no frame but the line of the program that has entered it, app.exec(), in the main thread;
 * what it calls stands right upon that.
 */
static FlatlineFrame *
find_callback_of_native_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame **frame)
{
  FlatlineFrame *called = NULL;

  for (guint i = 0; thread->is_main && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *caller = flatline_thread_peek_frame (thread, i);
      g_autofree char *line = NULL;

      if (!flatline_frame_is_python (caller))
        continue;
      /* A method of the program's own that is named as Qt's is not called by the loop: it begins the loop. */
      if (called && flatline_frame_is_own (caller) && flatline_frame_is_own (called)
          && g_strcmp0 (called->function, "exec") != 0 && g_strcmp0 (called->function, "exec_") != 0)
        line = flatline_diagnosis_dup_source_line (diagnosis, caller);
      if (line && (strstr (line, ".exec()") || strstr (line, ".exec_()")))
        {
          *frame = caller;
          return called;
        }
      called = caller;
    }
  return NULL;
}

/* A callback that does not return holds up everything else that its loop serves. */
void
flatline_finding_note_loop (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *loop_frame = NULL;
  const char *loop = find_loop_frame (finding->thread, &loop_frame);
  FlatlineFrame *callback = loop ? find_callback (finding->thread, loop_frame)
                                 : find_callback_of_native_loop (diagnosis, finding->thread, &loop_frame);

  if (!loop)
    loop = "main";
  if (!callback || !finding->does || finding->serves_loop || is_of_no_phase (finding)
      || strcmp (finding->kind, "unknown") == 0)
    return;
  finding->aside = g_strdup_printf (_ ("meanwhile the %s loop that called ‘%s’ stands still"), loop,
                                    callback->qualified_name ? callback->qualified_name : callback->function);
  flatline_finding_add_frame_evidence (finding, loop_frame);
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

  if (!has_greenlets (diagnosis) || !finding->does || finding->aside || finding->links
      || !flatline_thread_find_innermost (thread) || has_module_frame (thread) || !thread->is_main
      || strcmp (finding->kind, "idle") == 0 || strcmp (finding->kind, "async-wait") == 0
      || strcmp (finding->kind, "unknown") == 0 || strcmp (finding->kind, "stopped") == 0)
    return;
  finding->aside = g_strdup (_ ("meanwhile no other greenlet of this thread can run"));
}

/* What was registered with atexit, and what finalizes an object, is called by nobody, as the stack shows it. */
static void
add_exit_handler (FlatlineFinding *finding, FlatlineFrame *handler)
{
  g_autofree char *label = flatline_thread_dup_label (finding->thread);
  g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
  g_autofree char *location = flatline_frame_dup_location (handler);

  if (g_strcmp0 (handler->function, "__del__") == 0)
    flatline_finding_add_evidence (finding, source, /* Translators: a thread, a place ("app.py:12 in Pool.__del__") */
                                   _ ("%s runs the finalizer %s"), label, location);
  else
    /* Translators: a thread, a place ("app.py:12 in clean_up"); atexit is Python's module */
    flatline_finding_add_evidence (finding, source, _ ("%s runs the atexit handler %s"), label, location);
  flatline_finding_point (finding, flatline_reference_new_for_frame (handler, finding->thread->pid));
}

static void
add_living_thread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineThread *thread)
{
  FlatlineFinding *known = g_hash_table_lookup (diagnosis->findings, thread);
  g_autofree char *deed = known ? flatline_diagnosis_dup_deed (diagnosis, known) : NULL;
  g_autofree char *label = flatline_thread_dup_label (thread);
  g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
  g_autofree char *location = flatline_frame_dup_location (flatline_thread_find_place (thread));
  g_autofree char *fact = NULL;

  if (!location)
    return;
  /* Translators: a thread, a place ("app.py:12 in work") */
  fact = g_strdup_printf (_ ("%s is still alive, in %s"), label, location);
  if (deed)
    flatline_finding_add_evidence (finding, source, _ ("%s: %s"), fact, deed);
  else
    flatline_finding_add_evidence (finding, source, "%s", fact);
  flatline_finding_point (finding, flatline_reference_new_for_thread (thread));
}

static void
settle_shutdown (FlatlineFinding *finding)
{
  char *does =
      g_strdup_printf (_ ("has finished the program and, at exit, %s"), finding->does ? finding->does : _ ("waits"));

  flatline_finding_settle (finding, "shutdown-hang", MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY), does);
}

/* Of a main thread without frames. An exception that was raised says that there was code to run, however young it is.
 */
static gboolean
has_run_its_code (FlatlineDiagnosis *diagnosis, const FlatlineThread *thread)
{
  return g_strcmp0 (diagnosis->snapshot->phase, "shutdown") == 0
         || (g_strcmp0 (diagnosis->snapshot->reason, "exception") == 0 && !thread->incomplete);
}

void
flatline_finding_note_shutdown (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *outermost = flatline_thread_find_outermost (thread);
  FlatlineFrame *known = flatline_thread_find_frame (thread, "threading.py", "_shutdown");

  if (!thread->is_main || is_of_no_phase (finding))
    return;
  if (!outermost)
    {
      /* A server that embeds Python waits in code of its own. */
      if (thread->is_python && is_plain_python (diagnosis) && has_run_its_code (diagnosis, thread))
        settle_shutdown (finding);
      return;
    }
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
  if (!known && !thread->incomplete && !thread->cut && is_plain_python (diagnosis) && !has_greenlets (diagnosis)
      && !has_module_frame (thread) && flatline_frame_is_own (outermost))
    known = outermost;
  if (!known)
    return;
  settle_shutdown (finding);
  if (known == outermost && g_strcmp0 (known->function, "_shutdown") != 0)
    add_exit_handler (finding, known);
  else
    flatline_finding_add_frame_evidence (finding, known);
}

/* threading waits for every thread that is no daemon, an executor for its workers: whoever is left is told. */
void
flatline_diagnosis_list_living (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread;
  guint living = 0;

  if (strcmp (finding->kind, "shutdown-hang") != 0)
    return;
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == finding->thread || thread->pid != finding->thread->pid || !thread->is_python || thread->is_daemon
          || flatline_thread_is_agent (thread))
        continue;
      if (living++ < MAX_LISTED)
        add_living_thread (diagnosis, finding, thread);
    }
  if (living > MAX_LISTED)
    flatline_finding_add_evidence (
        finding, "threading",
        ngettext ("%" PRId64 " more is not shown", "%" PRId64 " more are not shown", (gulong)(living - MAX_LISTED)),
        (gint64)(living - MAX_LISTED));
}

void
flatline_finding_note_startup (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *outermost = flatline_thread_find_outermost (thread);
  char *does;

  if (!thread->is_main || !is_plain_python (diagnosis) || is_of_no_phase (finding))
    return;
  if (g_strcmp0 (diagnosis->snapshot->phase, "startup") == 0 && flatline_finding_is_stuck_import (diagnosis, finding))
    {
      flatline_finding_settle (finding, "startup-hang", MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY),
                               g_strdup (finding->does));
      return;
    }
  if (!outermost && (has_run_its_code (diagnosis, thread) || g_strcmp0 (diagnosis->snapshot->phase, "reading") == 0))
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
