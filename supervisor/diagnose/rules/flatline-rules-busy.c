/* SPDX-License-Identifier: MIT */
/*
 * Rule about a thread that computes. The looks after the capture tell the two cases apart: at different places it goes
 * round a loop, and the innermost call that all looks share is the loop's; always at the same call or operator, the
 * interpreter is inside a function written in C.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define IMPORT_FILES "<frozen importlib" /* ._bootstrap> and ._bootstrap_external> */

/* Without looks: what the kernel's state and an older measure say. */
#define BUSY_PERCENT        20
#define SURELY_BUSY_PERCENT 80

/* With looks: time on a core and in the queue for one. */
#define DEMAND_PERCENT 50
#define RAN_PERCENT    3

/* One that has not rested once since the capture has nothing else to do, as soon as it ran at all. */
#define RAN_WITHOUT_REST_PERCENT 0.4

/* What the interpreter does in C for an instruction of its own is no deeper: PyNumber_InPlaceAdd(), long_add(). */
#define MAX_PASSING_CALLS 2

/* So many looks at the very same instruction are no chance. */
#define LOOKS_THAT_TELL 4

static gboolean
is_busy (FlatlineThread *thread)
{
  if (flatline_thread_was_watched (thread))
    {
      /* On a loaded machine one that wakes now and then spends its time in the queue for a core. */
      if (thread->syscall && !flatline_thread_in_syscall (thread, "futex") && thread->cpu_percent < DEMAND_PERCENT)
        return FALSE;
      /* One that has only just woken, and has not come to run yet, may have nothing to do but a moment's work. */
      if (thread->moves == 0
          && thread->cpu_percent < (thread->demand_percent < 100 ? RAN_PERCENT : RAN_WITHOUT_REST_PERCENT))
        return FALSE;
      return thread->demand_percent >= DEMAND_PERCENT;
    }
  if (thread->cpu_percent >= SURELY_BUSY_PERCENT
      || (!thread->is_python && thread->demand_percent >= SURELY_BUSY_PERCENT))
    return TRUE;
  if (flatline_thread_in_state (thread, 'R'))
    return thread->cpu_percent <= 0 || thread->cpu_percent >= BUSY_PERCENT;
  return thread->waits_for_gil && thread->cpu_percent >= BUSY_PERCENT;
}

/*
 * One look finds a loop of Python's own code in the interpreter's C as often as not: where the line names nothing that
 * is called or computed, @work is only what the innermost function of C is called.
 */
static gboolean
is_in_passing (FlatlineThread *thread, const char *work)
{
  const FlatlineFrame *native = flatline_thread_find_native_work (thread);
  g_autofree char *name = native && native->function ? g_strdup_printf (_ ("in %s()"), native->function) : NULL;
  guint n_calls = 0;

  while (n_calls < flatline_thread_count_frames (thread)
         && !flatline_frame_is_python (flatline_thread_peek_frame (thread, n_calls))
         && !strstr (flatline_thread_peek_frame (thread, n_calls)->function ?: "", "PyEval_"))
    n_calls++;
  return native && thread->holds_gil && n_calls <= MAX_PASSING_CALLS && g_strcmp0 (work, name) == 0;
}

static gboolean
is_in_native_code (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, const char *work)
{
  if (!flatline_thread_find_innermost (thread))
    return TRUE;
  if (flatline_thread_was_watched (thread))
    return thread->moves == 0 && thread->looks >= LOOKS_THAT_TELL && work
           && (!thread->syscall || thread->cpu_percent >= DEMAND_PERCENT);
  return (flatline_thread_find_native_work (thread) && !is_in_passing (thread, work))
         || (thread->is_python && !thread->holds_gil && !thread->waits_for_gil
             && flatline_diagnosis_find_gil_holder (diagnosis, thread));
}

/* --- where it goes round --- */

static char *
dup_lines (FlatlineThread *thread)
{
  const guint n = flatline_list_length (thread->round);
  FlatlineFrame *first = flatline_list_peek (thread->round, 0);
  FlatlineFrame *last = flatline_list_peek (thread->round, n - 1);

  if (first->line == last->line)
    return g_strdup_printf (_ ("line %d"), (int)first->line);
  return g_strdup_printf (_ ("lines %d–%d"), (int)first->line, (int)last->line);
}

static gboolean
has_name (FlatlineFrame *frame)
{
  return frame->function && strcmp (frame->function, "<module>") != 0;
}

/* "in spin", "of app.py" for a module, which has no name of its own. */
static char *
dup_where (FlatlineFrame *frame)
{
  g_autofree char *file = g_path_get_basename (frame->file ? frame->file : "?");

  if (has_name (frame))
    /* Translators: goes on from "line 12": the name of a function */
    return g_strdup_printf (_ ("in %s"), frame->qualified_name ? frame->qualified_name : frame->function);
  /* Translators: goes on from "line 12": the name of a file */
  return g_strdup_printf (_ ("of %s"), file);
}

/* The library's function that the program called last: the one just inside of its innermost frame. */
static FlatlineFrame *
find_called (FlatlineThread *thread, FlatlineFrame *place)
{
  FlatlineFrame *called = NULL;

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (frame == place)
        return called;
      if (flatline_frame_is_python (frame))
        called = frame;
    }
  return NULL;
}

/* The frame on the stack that the loop is in: the same call as the places of the round. */
static FlatlineFrame *
find_round_frame (FlatlineThread *thread)
{
  FlatlineFrame *round = flatline_list_peek (thread->round, 0);

  for (guint i = 0; round && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (g_strcmp0 (frame->file, round->file) == 0 && g_strcmp0 (frame->function, round->function) == 0)
        return frame;
    }
  return NULL;
}

static gboolean
is_of_import (FlatlineFrame *frame)
{
  return frame->file && g_str_has_prefix (frame->file, IMPORT_FILES);
}

/* The lines of a module go by one after the other while it is imported, and each may import more: that is no round. */
static gboolean
is_importing (FlatlineThread *thread, FlatlineFrame *module)
{
  FlatlineFrame *frame;

  if (has_name (module))
    return FALSE;
  for (guint i = 0; (frame = flatline_thread_peek_frame (thread, i)) && frame != module; i++)
    if (is_of_import (frame))
      return TRUE;
  return FALSE;
}

static char *
dup_round (FlatlineThread *thread, FlatlineFrame **place)
{
  FlatlineFrame *round = find_round_frame (thread);
  FlatlineFrame *called;
  g_autofree char *where = NULL;
  g_autofree char *lines = NULL;

  *place = flatline_thread_find_place (thread);
  if (round && flatline_frame_is_own (round) && !is_importing (thread, round))
    {
      *place = round;
      where = dup_where (round);
      lines = dup_lines (thread);
      /* Translators: "line 12" or "lines 12–14", then "in FUNCTION" or "of FILE" */
      return g_strdup_printf (_ ("goes round and round %s %s without pause"), lines, where);
    }
  if (!*place)
    return g_strdup (_ ("runs without pause"));
  called = find_called (thread, *place);
  where = dup_where (*place);
  if (called && called->function && !is_of_import (called))
    return g_strdup_printf (_ ("runs without pause inside %s, called at line %d %s"), called->function,
                            (int)(*place)->line, where);
  if (has_name (*place))
    /* Translators: "in FUNCTION" */
    return g_strdup_printf (_ ("runs without pause %s"), where);
  return g_strdup_printf (_ ("runs without pause at line %d %s"), (int)(*place)->line, where);
}

/* --- polling that does not wait --- */

static gboolean
is_poll_object (FlatlineFrame *frame, const char *name)
{
  FlatlineValue *value = name ? flatline_frame_find_local (frame, name) : NULL;

  return (name && strcmp (name, "select") == 0)
         || (value && value->type
             && (strcmp (value->type, "select.epoll") == 0 || strcmp (value->type, "select.poll") == 0));
}

/*
 * The call of select or poll at which each look found the thread: that waits, and takes no processor, so it must return
 * at once again and again. Transfer full, NULL for all else.
 */
static char *
dup_polling_call (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, innermost);
  g_autofree char *polled = flatline_source_dup_object (line, "poll");
  g_autofree char *selected = flatline_source_dup_object (line, "select");

  if (is_poll_object (innermost, polled))
    return flatline_source_dup_call (line, "poll");
  return is_poll_object (innermost, selected) ? flatline_source_dup_call (line, "select") : NULL;
}

/* Who has sent what nobody reads. */
static void
add_unread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->pid != finding->thread->pid || connection->receive_queue <= 0)
        continue;
      flatline_finding_add_evidence (
          finding, "sock_diag, /proc/PID/fd", /* Translators: a number, "tcp" or the like, a number */
          ngettext ("Descriptor %d, a %s socket, has %d byte to be read",
                    "Descriptor %d, a %s socket, has %d bytes to be read", (gulong)connection->receive_queue),
          (int)connection->fd, connection->protocol ? connection->protocol : "?", (int)connection->receive_queue);
      flatline_finding_point (finding,
                              flatline_reference_new_for_descriptor ("socket", connection->pid, connection->fd));
    }
}

static char *
dup_load (FlatlineThread *thread)
{
  if (thread->cpu_percent <= 0)
    return g_strdup ("");
  if (flatline_thread_was_watched (thread) && thread->cpu_percent < 1)
    return g_strdup_printf (_ (" (others leave it less than %d %% of a processor)"), 1);
  if (flatline_thread_was_watched (thread) && thread->demand_percent > 2 * thread->cpu_percent)
    return g_strdup_printf (_ (" (it gets %.0f %% of a processor and wants more)"), thread->cpu_percent);
  return g_strdup_printf (_ (" (%.0f %% of a processor)"), thread->cpu_percent);
}

/* Up to 3.12 whoever wants the GIL asks the threads of its own interpreter to let go of it, whoever has it. */
static gboolean
asks_only_its_own (FlatlineSnapshot *snapshot)
{
  const char *python = snapshot->program ? snapshot->program->python : NULL;

  return python && g_str_has_prefix (python, "3.") && g_ascii_strtoull (python + strlen ("3."), NULL, 10) < 13;
}

static FlatlineThread *
find_other_interpreters_waiter (FlatlineDiagnosis *diagnosis, FlatlineThread *holder)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread->waits_for_gil && thread->gil == holder->gil && thread->interpreter != holder->interpreter)
        return thread;
    }
  return NULL;
}

gboolean
flatline_rule_gil_unasked (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  g_autofree char *round = NULL;
  g_autofree char *label = NULL;
  FlatlineThread *waiter;

  if (!thread->holds_gil || thread->gil_looks < thread->looks || !is_busy (thread)
      || !asks_only_its_own (diagnosis->snapshot))
    return FALSE;
  waiter = find_other_interpreters_waiter (diagnosis, thread);
  if (!waiter)
    return FALSE;
  round = dup_round (thread, &finding->place);
  flatline_finding_settle (finding, "gil-held", FLATLINE_CONFIDENCE_LIKELY,
                           /* Translators: "goes round and round line 12 in spin without pause" or the like */
                           g_strdup_printf (_ ("%s and keeps the GIL from the threads of other interpreters"), round));
  flatline_finding_add_kernel_evidence (finding);
  label = flatline_thread_dup_label (waiter);
  flatline_finding_add_evidence (finding, _ ("the interpreter’s state"), _ ("%s waits for the GIL"), label);
  flatline_finding_add_evidence (finding, _ ("the interpreter’s state"), "%s",
                                 _ ("Before Python 3.13 a thread is asked to let go of the GIL only by threads of its "
                                    "own interpreter"));
  flatline_finding_add_frame_evidence (finding, finding->place ? finding->place : flatline_thread_find_place (thread));
  return TRUE;
}

gboolean
flatline_rule_busy (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  g_autofree char *load = NULL;
  g_autofree char *work = NULL;
  g_autofree char *round = NULL;
  g_autofree char *polling = NULL;

  if (!is_busy (thread))
    return FALSE;
  load = dup_load (thread);
  flatline_finding_add_kernel_evidence (finding);
  if (flatline_thread_was_watched (thread))
    flatline_finding_add_evidence (
        finding, _ ("the stacks and the scheduler’s counts after the capture"),
        ngettext ("In %d of %d more look it was elsewhere; it wanted a processor %.0f %% of the time",
                  "In %d of %d more looks it was elsewhere; it wanted a processor %.0f %% of the time",
                  (gulong)thread->looks),
        (int)thread->moves, (int)thread->looks, thread->demand_percent);
  if (thread->collecting)
    {
      flatline_finding_settle (finding, "native-busy", FLATLINE_CONFIDENCE_LIKELY,
                               /* Translators: how much of a processor, in parentheses, or nothing */
                               g_strdup_printf (_ ("collects garbage%s"), load));
      flatline_finding_add_evidence (finding, _ ("the interpreter’s state"), _ ("A garbage collection is under way"));
      return TRUE;
    }
  polling = flatline_thread_was_watched (thread) ? dup_polling_call (diagnosis, thread) : NULL;
  work = flatline_diagnosis_dup_native_work (diagnosis, thread);
  if (polling && thread->moves == 0)
    {
      flatline_finding_settle (
          finding, "busy-loop", FLATLINE_CONFIDENCE_LIKELY,
          /* Translators: a piece of source text; how much of a processor, in parentheses, or nothing */
          g_strdup_printf (_ ("goes round and round: ‘%s’ returns at once each time, as what it watches stays ready%s"),
                           polling, load));
      add_unread (diagnosis, finding);
    }
  else if (is_in_native_code (diagnosis, thread, work))
    flatline_finding_settle (
        finding, "native-busy", FLATLINE_CONFIDENCE_LIKELY,
        work ? /* Translators: "in FUNCTION()"; how much of a processor, in parentheses, or nothing */
            g_strdup_printf (_ ("is busy in native code, %s%s"), work, load)
             : g_strdup_printf (_ ("is busy in native code%s"), load));
  else
    {
      round = dup_round (thread, &finding->place);
      flatline_finding_settle (finding, "busy-loop", FLATLINE_CONFIDENCE_LIKELY, g_strdup_printf ("%s%s", round, load));
    }
  flatline_finding_add_frame_evidence (finding, finding->place ? finding->place : flatline_thread_find_place (thread));
  return TRUE;
}
