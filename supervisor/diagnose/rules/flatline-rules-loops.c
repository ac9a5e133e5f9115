/* SPDX-License-Identifier: MIT */
/*
 * Rules about threads that wait as they should: asleep by their own wish, for a signal, or in an event loop with
 * nothing to do. What the tasks of an asyncio loop wait for is in flatline-rules-tasks.c.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <inttypes.h>
#include <string.h>

#define MAX_NAMED_SIGNALS 5
#define MAX_TOLD_VALUES   3

/* Its words may be a page. */
#define MAX_EXCEPTION_CHARACTERS 120

/* NULL for NULL. */
static char *
dup_shortened (const char *text)
{
  g_autofree char *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (!valid || g_utf8_strlen (valid, -1) <= MAX_EXCEPTION_CHARACTERS)
    return g_steal_pointer (&valid);
  *g_utf8_offset_to_pointer (valid, MAX_EXCEPTION_CHARACTERS) = '\0';
  return g_strconcat (valid, "…", NULL);
}

/* What @name, dotted, is in @frame; NULL: not known. */
static FlatlineValue *
find_value (FlatlineFrame *frame, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);
  FlatlineValue *value = parts[0] ? flatline_frame_find_local (frame, parts[0]) : NULL;

  for (guint i = 1; value && parts[i]; i++)
    value = flatline_value_find_child (value, parts[i]);
  return value;
}

void
flatline_finding_add_condition_values (FlatlineFinding *finding, FlatlineFrame *frame, const char *condition)
{
  const char *at = condition;
  guint n = 0;

  while (*at && n < MAX_TOLD_VALUES)
    {
      const gsize length = strspn (at, G_CSET_a_2_z G_CSET_A_2_Z "_.0123456789");
      g_autofree char *name = g_strndup (at, length);
      FlatlineValue *value = length > 0 && at[length] != '(' ? find_value (frame, name) : NULL;

      if (value && value->text)
        {
          /* Translators: a variable, its value */
          flatline_finding_add_evidence (finding, _ ("variables of the program"), _ ("‘%s’ is %s"), name, value->text);
          n++;
        }
      at += MAX (length, 1);
    }
}

/*
 * A child that has ended is still there, as a process, until its parent waits for it: who asks by kill (pid, 0) or
 * /proc whether it lives is told that it does.
 */
static void
note_zombie (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, thread->pid);
  FlatlineFrame *place = flatline_thread_find_place (thread);

  for (guint i = 0; process && place && i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);
      g_autofree char *number = g_strdup_printf ("%" PRId64, child->pid);
      g_autofree char *label = NULL;

      if (g_strcmp0 (child->state, "Z") != 0)
        continue;
      for (guint j = 0; !label && j < flatline_list_length (place->locals); j++)
        if (g_strcmp0 (((FlatlineValue *)flatline_list_peek (place->locals, j))->text, number) == 0)
          label = flatline_diagnosis_dup_process_label (diagnosis, child->pid);
      if (!label)
        continue;
      g_free (finding->aside);
      finding->aside = g_strdup_printf (_ ("%s has ended, but nobody has waited for it, so that it still seems to be "
                                           "there"),
                                        label);
      flatline_finding_add_evidence (finding, "/proc/PID/stat", _ ("%s is a zombie"), label);
      flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, child->pid));
      return;
    }
}

gboolean
flatline_rule_sleep (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *condition = NULL;
  g_autofree char *handling = NULL;
  g_autofree char *line = NULL;
  g_autofree char *call = NULL;
  g_autofree char *left = NULL;

  /* The hub of eventlet sleeps like that until its next timer when it has no descriptors to watch. */
  if (!flatline_thread_sleeps (thread) || flatline_thread_find_call (thread, "eventlet/hubs/hub.py", "run"))
    return FALSE;
  if (place && place == flatline_thread_find_innermost (thread))
    condition = flatline_diagnosis_dup_loop_condition (diagnosis, place);
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  call = flatline_source_dup_call (line, "sleep");
  flatline_finding_settle (finding, "sleep", FLATLINE_CONFIDENCE_CERTAIN,
                           call && condition
                               ? /* Translators: "time.sleep(1)", the condition of a loop: "not done" */
                               g_strdup_printf (_ ("sleeps in %s as long as ‘%s’"), call, condition)
                               : call ? g_strdup_printf (_ ("sleeps in %s"), call) : g_strdup (_ ("sleeps")));
  handling = dup_shortened (thread->handling);
  if (handling)
    {
      g_autofree char *does = finding->does;

      /* Translators: "sleeps in time.sleep(1)", an exception as Python describes it: "OSError('no route')" */
      finding->does = g_strdup_printf (_ ("%s while it handles %s"), does, handling);
    }
  left = condition ? NULL : flatline_thread_dup_time_left (thread);
  if (left)
    /* Translators: "sleeps in time.sleep(7200)", a time ("1 h 59 min") */
    flatline_finding_extend (finding, g_strdup_printf (_ ("%s for at most another %s"), finding->does, left));
  flatline_finding_add_kernel_evidence (finding);
  if (condition)
    flatline_finding_add_condition_values (finding, place, condition);
  note_zombie (diagnosis, finding);
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

gboolean
flatline_rule_signal (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  g_autofree char *names = NULL;

  if (!flatline_thread_in_syscall (thread, "pause rt_sigtimedwait rt_sigsuspend"))
    return FALSE;
  if (thread->awaited_signals && g_strv_length (thread->awaited_signals) <= MAX_NAMED_SIGNALS)
    {
      g_autofree char *list = g_strjoinv (", ", thread->awaited_signals);

      names = thread->awaited_signals[1] ? /* Translators: "SIGUSR1, SIGUSR2" */
                  g_strdup_printf (_ ("one of the signals %s"), list)
                                         : g_strdup_printf (_ ("the signal %s"), list);
    }
  else
    names = g_strdup (_ ("a signal"));
  flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN,
                           g_strdup_printf (_ ("waits for %s"), names));
  finding->resource = g_steal_pointer (&names);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* --- event loops --- */

static const struct
{
  const char *file;
  const char *functions;
  const char *loop;
} loops[] = {
  { "asyncio/base_events.py", "_run_once run_forever", "asyncio" },
  { "gi/overrides/GLib.py", "run", "GLib" },
  { "gi/overrides/Gio.py", "run", "GLib" },
  { "gi/overrides/Gtk.py", "main run", "GTK" },
  { "tkinter/__init__.py", "mainloop wait_window wait_variable", "Tk" },
  { "tkinter/commondialog.py", "show", "Tk" },
  { "socketserver.py", "serve_forever", "server" },
  { "selectors.py", "select", "selectors" },
  { "asyncore.py", "loop poll poll2", "asyncore" },
  { "trio/_core/_run.py", "unrolled_run run", "Trio" },
  { "gevent/hub.py", "run", "gevent" },
  { "eventlet/hubs/hub.py", "run", "eventlet" },
};

/* The name of the call by which @text gives the thread to a loop, with what is round it; NULL when it does not. */
static const char *
find_entry_to_loop (const char *text)
{
  static const char *const words[] = {
    ".mainloop(",
    ".exec(",
    ".exec_(",
    ".run(",
    "Gtk.main(",
    "run_forever(",
    "serve_forever(",
    ".wait_event(",
    "app.run",
    ".iteration(",
    /* Dialogs of Qt and wx that return with the answer. */
    "QMessageBox.",
    "QFileDialog.get",
    "QInputDialog.get",
    "QColorDialog.get",
    "QFontDialog.get",
    ".ShowModal(",
    "wx.MessageBox(",
    "wx.FileSelector(",
  };

  for (gsize i = 0; text && i < G_N_ELEMENTS (words); i++)
    if (strstr (text, words[i]))
      return words[i];
  return NULL;
}

gboolean
flatline_source_enters_loop (const char *text)
{
  return find_entry_to_loop (text) != NULL;
}

/*
 * TRUE for a frame whose line gives the thread to a loop in C. A line that calls a function of that name written in
 * Python, like `application.run()`, does not: the loop, if there is one, is further inside.
 */
static gboolean
enters_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame *frame)
{
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, frame);
  const char *entry = find_entry_to_loop (line);
  FlatlineFrame *called = entry ? flatline_thread_find_called (thread, frame) : NULL;
  g_autofree char *call = called && called->function ? g_strconcat (called->function, "(", NULL) : NULL;

  return entry && !(call && g_str_has_suffix (entry, call));
}

static const char *
find_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);

  for (gsize i = 0; i < G_N_ELEMENTS (loops); i++)
    if (flatline_thread_find_call (thread, loops[i].file, loops[i].functions))
      return loops[i].loop;
  /* A loop in C shows nothing but the line that entered it. */
  return innermost && enters_loop (diagnosis, thread, innermost) ? "main" : NULL;
}

/* The kind of loop that @frame is of, or that its line gives the thread to; NULL none. */
static const char *
find_loop_of_frame (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame *frame)
{
  if (flatline_frame_is_own (frame))
    return enters_loop (diagnosis, thread, frame) ? "main" : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (loops); i++)
    if (frame->file && g_str_has_suffix (frame->file, loops[i].file) && strcmp (loops[i].file, "selectors.py") != 0)
      return loops[i].loop;
  return NULL;
}

/*
 * A dialog that waits for its answer in a loop of its own: the loop is idle, yet the callback that began it does not
 * return. NULL when the loop is the only one.
 */
static char *
dup_nested_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *callback = place;
  gboolean inside = TRUE;

  for (guint i = 0; place && flatline_frame_is_own (place) && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      const char *loop = inside ? NULL : find_loop_of_frame (diagnosis, thread, frame);

      inside &= frame != place;
      if (loop)
        /* Translators: a function, a function, a kind of event loop ("GTK") */
        return g_strdup_printf (
            _ ("is idle in a loop of its own that ‘%s’ has begun: it waits for an answer, and ‘%s’, "
               "which the %s loop called, does not return before"),
            place->qualified_name ? place->qualified_name : place->function,
            callback->qualified_name ? callback->qualified_name : callback->function, loop);
      if (!inside && flatline_frame_is_own (frame))
        callback = frame;
    }
  return NULL;
}

/* input() that a package has put in the place of Python's, as notebooks do, asks a person by other ways than a
 * terminal. */
static gboolean
settle_asking (FlatlineFinding *finding, const char *package, const char *expression)
{
  FlatlineFrame *called = flatline_thread_find_called (finding->thread, flatline_thread_find_place (finding->thread));
  const char *call = expression ? strstr (expression, "input(") : NULL;

  if (call ? call > expression && (g_ascii_isalnum (call[-1]) || strchr ("_.", call[-1]))
           : expression || !called || g_strcmp0 (called->function, "raw_input") != 0)
    return FALSE;
  flatline_finding_settle (finding, "stdin-wait", FLATLINE_CONFIDENCE_LIKELY, /* Translators: a package ("ipykernel") */
                           g_strdup_printf (_ ("waits for a person’s input, which %s asks for"), package));
  finding->resource = g_strdup (_ ("a person’s input"));
  return TRUE;
}

/* A package that polls: when it was run, or was told to run, that is its loop. FALSE when it may wait for something. */
static gboolean
settle_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  gboolean is_program = FALSE;
  g_autofree char *package = flatline_thread_dup_package (thread, &is_program);
  g_autofree char *expression =
      package ? flatline_diagnosis_dup_expression (diagnosis, flatline_thread_find_place (thread)) : NULL;

  if (!package)
    return FALSE;
  if (!is_program && settle_asking (finding, package, expression))
    return TRUE;
  if (!is_program && !flatline_source_enters_loop (expression))
    return FALSE;
  flatline_finding_settle (finding, "idle", is_program ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_GUESS,
                           /* Translators: a package ("gunicorn") */
                           g_strdup_printf (_ ("is idle: the loop of %s waits for something to happen"), package));
  return TRUE;
}

gboolean
flatline_rule_idle (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean in_epoll = flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 io_uring_enter");
  const gboolean in_poll = flatline_thread_in_syscall (thread, "poll ppoll select pselect6");
  const char *loop = find_loop (diagnosis, thread);
  g_autofree char *nested = NULL;

  if (!in_epoll && !in_poll && !(loop && thread->syscall))
    return FALSE;
  if (loop && flatline_thread_find_hub (thread) && flatline_finding_settle_greenlet (diagnosis, finding))
    return TRUE;
  nested = loop ? dup_nested_loop (diagnosis, thread) : NULL;
  finding->serves_loop = nested != NULL;
  if (nested)
    flatline_finding_settle (finding, "idle", FLATLINE_CONFIDENCE_LIKELY, g_steal_pointer (&nested));
  else if (loop)
    flatline_finding_settle (finding, "idle", FLATLINE_CONFIDENCE_LIKELY,
                             g_strdup_printf (_ ("is idle: its %s loop waits for something to happen"), loop));
  else if (!settle_package (diagnosis, finding))
    {
      FlatlineFrame *place = flatline_thread_find_place (thread);
      g_autofree char *expression = place == flatline_thread_find_innermost (thread)
                                        ? flatline_diagnosis_dup_expression (diagnosis, place)
                                        : NULL;

      flatline_finding_settle (
          finding, "idle", FLATLINE_CONFIDENCE_GUESS,
          /* Translators: a piece of source text ("socket.recv()"), or a system call ("poll") */
          expression ? g_strdup_printf (_ ("waits in ‘%s’ for something to happen on its descriptors"), expression)
                     : g_strdup_printf (_ ("waits in %s for something to happen on its descriptors"), thread->syscall));
    }
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_innermost (thread));
  return TRUE;
}
