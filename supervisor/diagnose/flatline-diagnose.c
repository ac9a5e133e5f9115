/* SPDX-License-Identifier: MIT */
/*
 * The diagnosis: every thread is asked in the order of the table below why it does not go on; then one finding is
 * chosen for the verdict. A proven circle of waiting explains a freeze whatever else is going on; a GIL that is not let
 * go explains the silence of all other threads; otherwise the main thread's own finding counts.
 */
#include "flatline-diagnose.h"

#include "flatline-all-asleep.h"
#include "flatline-ends.h"
#include "flatline-program-facts.h"
#include "flatline-rules.h"
#include "flatline-verdict-words.h"

#include <string.h>

/* The most telling first: what the kernel says without doubt, then the stack of the libraries, then the system call. */
/* clang-format off */
static FlatlineRule *const rules[] = {
  flatline_rule_crash,
  flatline_rule_stopped,
  flatline_rule_gil_unasked,
  flatline_rule_gil_held,
  flatline_rule_world_kept,
  flatline_rule_child_start,
  flatline_rule_disk,
  flatline_rule_busy,
  flatline_rule_gil_wanted,
  flatline_rule_mutex,
  flatline_rule_child,
  flatline_rule_import,
  flatline_rule_pool_thread,
  flatline_rule_join,
  flatline_rule_pool,
  flatline_rule_remote_call,
  flatline_rule_semaphore,
  flatline_rule_future,
  flatline_rule_process_queue,
  flatline_rule_queue,
  flatline_rule_event,
  flatline_rule_condition,
  flatline_rule_lock,
  flatline_rule_unlisted_lock,
  flatline_rule_descriptor,
  flatline_rule_file,
  flatline_rule_socket_poll,
  flatline_rule_terminal_poll,
  flatline_rule_plain_poll,
  flatline_rule_database,
  flatline_rule_lock_file,
  flatline_rule_sleep,
  flatline_rule_signal,
  flatline_rule_async,
  flatline_rule_ipc,
  flatline_rule_idle,
  flatline_rule_native_lock,
  flatline_rule_momentarily_running,
};
/* clang-format on */

/* What was true of one moment is not of a thread that goes on: "waits for event ‘stop’, again and again". */
static void
soften (FlatlineFinding *finding)
{
  static const char *const kinds[] = { "sleep",          "socket-wait",    "pipe-wait", "event-wait", "queue-wait",
                                       "condition-wait", "semaphore-wait", "lock-wait", NULL };
  char *plainly;

  if (!g_strv_contains (kinds, finding->kind))
    return;
  /* The facts of two moments, put together. */
  if (finding->holder == finding->thread->native_id)
    finding->holder = 0;
  if (finding->holder && !finding->names_holder)
    return;
  /* What says it plainly does not say whose turn it is. */
  if (finding->plainly)
    finding->holder = 0;
  plainly = g_strdup_printf (_ ("%s, again and again"), finding->plainly ? finding->plainly : finding->does);
  g_free (finding->does);
  finding->does = plainly;
}

static void
note_time_out (FlatlineFinding *finding)
{
  const char *source = _ ("the arguments of the system call");
  g_autofree char *left = flatline_thread_dup_time_left (finding->thread);

  if (left)
    flatline_finding_add_evidence (finding, source, /* Translators: a time ("1 h 59 min") */
                                   _ ("The wait has a time-out, which ends it in %s at the latest"), left);
  else
    flatline_finding_add_evidence (finding, source, _ ("The wait has a time-out"));
}

/*
 * A wait that ends by itself, or was seen to end, is told, but proves nothing. A loop without timers of the program's
 * own wakes to beat for us: that its tasks wait is no less true.
 */
static void
note_movement (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  gboolean by_tasks;

  if (!finding->does)
    return;
  by_tasks = finding->links && !flatline_thread_has_timers (thread);
  finding->timed = thread->syscall && thread->syscall_args && !flatline_thread_waits_for_ever (thread) && !by_tasks;
  finding->moved = flatline_thread_was_watched (thread) && !flatline_thread_stands_still (thread) && !by_tasks;
  if (finding->timed && finding->resource)
    note_time_out (finding);
  if (finding->moved)
    soften (finding);
  if (finding->moved && finding->resource && !thread->waits_for_gil)
    finding->confidence = MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY);
  if (thread->pending_signals && finding->resource && strcmp (finding->kind, "stopped") != 0)
    {
      g_autofree char *names = g_strjoinv (", ", thread->pending_signals);

      flatline_finding_add_evidence (finding, finding->is_of_core ? "NT_PRSTATUS" : "/proc/PID/task/TID/status",
                                     _ ("Sent, but not delivered yet: %s"), names);
    }
  if (flatline_thread_stands_still (thread))
    flatline_finding_add_evidence (
        finding, _ ("the stacks and the scheduler’s counts after the capture"),
        ngettext ("In %d more look it did not move", "In %d more looks it did not move", (gulong)thread->looks),
        (int)thread->looks);
}

/* What went wrong before is often why it waits, or tries again. */
static void
note_handling (FlatlineFinding *finding)
{
  if (finding->does && finding->thread->handling)
    flatline_finding_add_evidence (finding, _ ("the interpreter’s state"),
                                   /* Translators: an exception as Python describes it: "OSError('no route')" */
                                   _ ("It is handling %s"), finding->thread->handling);
}

static void
find_for_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFinding *finding = flatline_finding_new (diagnosis, thread);

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i](diagnosis, thread, finding))
      break;
  flatline_finding_note_task_result (finding);
  note_movement (finding);
  note_handling (finding);
  flatline_finding_note_loop (diagnosis, finding);
  flatline_finding_note_import (diagnosis, finding);
  flatline_finding_note_greenlets (diagnosis, finding);
  flatline_finding_note_shutdown (diagnosis, finding);
  flatline_finding_note_startup (diagnosis, finding);
  flatline_finding_note_package (diagnosis, finding);
  if (finding->does)
    g_hash_table_insert (diagnosis->findings, thread, finding);
  else
    flatline_finding_free (finding);
}

/* It is held in the middle of telling what ended it, within threading's own end: it waits for nobody but us. */
static gboolean
tells_of_its_end (FlatlineSnapshot *snapshot, FlatlineThread *thread)
{
  return snapshot->exception && g_strcmp0 (snapshot->exception->context, "uncaught") == 0 && thread->is_main
         && !thread->syscall;
}

static void
fill_waiting_for (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);
  g_autofree char *label = holder ? flatline_thread_dup_label (holder) : NULL;

  g_free (thread->waiting_for);
  if (finding->resource && label && !finding->names_holder)
    thread->waiting_for = flatline_dup_held_by (finding->resource, holder == thread ? NULL : label);
  else if (finding->resource && strcmp (finding->kind, "socket-wait") != 0 && !finding->links)
    thread->waiting_for = g_strdup (finding->resource);
  else
    thread->waiting_for = g_strdup (finding->does);
}

/*
 * Wanting the GIL, which goes from hand to hand and is asked for again and again, closes a circle only when who has it
 * waits for a mutex.
 */
static FlatlineFinding *
find_next_by_gil (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFinding *next = flatline_diagnosis_find_holder (diagnosis, finding);

  if (finding->thread->holds_gil)
    return finding->timed || finding->moved ? NULL : next;
  return next && next->thread->holds_gil && strcmp (next->kind, "gil-held") == 0 && next->holder ? next : NULL;
}

/*
 * Waiting that ends only when the holder acts. What a task waits for is none, for its loop is free to serve others,
 * unless that has nothing else to come.
 */
static FlatlineFinding *
find_next_in_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  if (strcmp (finding->kind, "gil-held") == 0)
    return find_next_by_gil (diagnosis, finding);
  if (!finding->resource || finding->timed || finding->moved || finding->confidence == FLATLINE_CONFIDENCE_GUESS
      || (strcmp (finding->kind, "async-wait") == 0 && !flatline_diagnosis_hangs_on_child (diagnosis, finding)))
    return NULL;
  return flatline_diagnosis_find_holder (diagnosis, finding);
}

static void
note_walked (gpointer finding, gpointer same, gpointer walked)
{
  g_hash_table_add (walked, finding);
}

/*
 * The first finding of a circle that is reached from @start; NULL when the chain ends. @walked: what was seen from
 * other starts, which is in no circle then and need not be walked again.
 */
static FlatlineFinding *
find_circle_from (FlatlineDiagnosis *diagnosis, FlatlineFinding *start, GHashTable *walked)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  FlatlineFinding *step = start;

  while (step && !g_hash_table_contains (walked, step))
    {
      if (!g_hash_table_add (seen, step))
        return step;
      step = find_next_in_circle (diagnosis, step);
    }
  g_hash_table_foreach (seen, note_walked, walked);
  return NULL;
}

/* The circle's first: the main thread when it takes part, else where the chain of @start entered. */
static FlatlineFinding *
choose_of_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *entry)
{
  FlatlineFinding *best = entry;

  for (FlatlineFinding *step = find_next_in_circle (diagnosis, entry); step != entry;
       step = find_next_in_circle (diagnosis, step))
    {
      const gboolean is_own = !flatline_diagnosis_is_relative (diagnosis, step->thread);

      if (is_own && (step->thread->is_main || flatline_diagnosis_is_relative (diagnosis, best->thread)))
        best = step;
    }
  return !flatline_diagnosis_is_relative (diagnosis, entry->thread) && entry->thread->is_main ? entry : best;
}

static FlatlineFinding *
find_circle (FlatlineDiagnosis *diagnosis, GPtrArray *threads)
{
  g_autoptr (GHashTable) walked = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < threads->len; i++)
    {
      FlatlineFinding *start = g_hash_table_lookup (diagnosis->findings, g_ptr_array_index (threads, i));
      FlatlineFinding *entry = start ? find_circle_from (diagnosis, start, walked) : NULL;

      if (entry)
        return choose_of_circle (diagnosis, entry);
    }
  return NULL;
}

/* The main thread's finding when its waiting ends in @circle, which lies in other processes; else NULL. */
static FlatlineFinding *
find_way_into (FlatlineDiagnosis *diagnosis, FlatlineFinding *main_finding, FlatlineFinding *circle)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  if (!flatline_diagnosis_is_relative (diagnosis, circle->thread))
    return NULL;
  for (FlatlineFinding *step = main_finding; step && g_hash_table_add (seen, step);
       step = find_next_in_circle (diagnosis, step))
    if (step == circle)
      return main_finding;
  return NULL;
}

static FlatlineFinding *
find_gil_hog (FlatlineDiagnosis *diagnosis, GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++)
    {
      FlatlineFinding *finding = g_hash_table_lookup (diagnosis->findings, g_ptr_array_index (threads, i));

      if (finding && (finding->thread->holds_gil || finding->thread->keeps_world)
          && strcmp (finding->kind, "gil-held") == 0)
        return finding;
    }
  return NULL;
}

/* The main thread first, then in the order of the snapshot; Flatline's own threads are not the program's. */
static GPtrArray *
list_threads (FlatlineSnapshot *snapshot)
{
  GPtrArray *threads = g_ptr_array_new ();
  const gint64 pid = snapshot->program ? snapshot->program->pid : 0;

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (flatline_thread_is_agent (thread))
        continue;
      if (thread->is_main && (pid == 0 || thread->pid == pid))
        g_ptr_array_insert (threads, 0, thread);
      else
        g_ptr_array_add (threads, thread);
    }
  return threads;
}

/*
 * The first thread of a program that embeds Python (a web server, say) may wait for nothing but its end while others
 * run the Python code. One that ended its Python code, to leave, has a phase.
 */
static gboolean
is_host_at_rest (FlatlineDiagnosis *diagnosis, FlatlineFinding *main_finding)
{
  const char *phase = diagnosis->snapshot->phase;

  return (!phase || strcmp (phase, "reading") == 0) && !flatline_thread_find_innermost (main_finding->thread)
         && flatline_thread_in_state (main_finding->thread, 'S') && !main_finding->thread->holds_gil
         && !main_finding->thread->waits_for_gil;
}

/*
 * When the main thread cannot be explained, the first thread that can; an idle worker explains nothing. @circle: what
 * is told of is a circle, or leads into one.
 */
static FlatlineFinding *
choose_finding (FlatlineDiagnosis *diagnosis, GPtrArray *threads, FlatlineFinding **circle)
{
  FlatlineFinding *main_finding = g_hash_table_lookup (diagnosis->findings, g_ptr_array_index (threads, 0));
  FlatlineFinding *entry, *hog, *holder;

  *circle = NULL;
  for (guint i = 0; diagnosis->snapshot->signal && i < threads->len; i++)
    {
      FlatlineFinding *finding = g_hash_table_lookup (diagnosis->findings, g_ptr_array_index (threads, i));

      if (finding && strcmp (finding->kind, "crash") == 0)
        return finding;
    }
  if (main_finding && strcmp (main_finding->kind, "stopped") == 0
      && main_finding->confidence == FLATLINE_CONFIDENCE_CERTAIN)
    return main_finding;
  entry = find_circle (diagnosis, threads);
  if (entry)
    flatline_diagnosis_prove_circle (diagnosis, entry);
  else if (main_finding)
    flatline_diagnosis_prove_forsaken (diagnosis, main_finding);
  hog = find_gil_hog (diagnosis, threads);
  if (entry && (!hog || hog == entry || entry->confidence == FLATLINE_CONFIDENCE_CERTAIN))
    {
      FlatlineFinding *start = find_way_into (diagnosis, main_finding, entry);

      *circle = entry;
      return start ? start : entry;
    }
  if (hog)
    return hog;
  /* Who wants the GIL says nothing of its own; the one that has it does. */
  if (main_finding && main_finding->thread->waits_for_gil && strcmp (main_finding->kind, "gil-held") == 0)
    {
      holder = flatline_diagnosis_find_holder (diagnosis, main_finding);
      return holder ? holder : main_finding;
    }
  if (main_finding && !is_host_at_rest (diagnosis, main_finding))
    return main_finding;
  for (guint i = 1; i < threads->len; i++)
    {
      FlatlineFinding *finding = g_hash_table_lookup (diagnosis->findings, g_ptr_array_index (threads, i));

      if (finding && finding->thread->is_python && strcmp (finding->kind, "idle") != 0
          && (!main_finding || flatline_thread_find_innermost (finding->thread)))
        return finding;
    }
  return main_finding;
}

static FlatlineVerdict *
word_unknown (FlatlineDiagnosis *diagnosis, GPtrArray *threads)
{
  FlatlineVerdict *verdict;
  FlatlineFinding *finding;

  if (threads->len == 0)
    {
      verdict = g_object_new (FLATLINE_TYPE_VERDICT, "kind", "unknown", "confidence", "guess", "summary",
                              _ ("No thread could be read, so nothing tells why the program is silent"), NULL);
      return verdict;
    }
  finding = flatline_finding_new (diagnosis, g_ptr_array_index (threads, 0));
  flatline_finding_settle (finding, "unknown", FLATLINE_CONFIDENCE_GUESS,
                           finding->thread->syscall ? g_strdup_printf (
                               _ ("is in the system call %s; nothing tells what for"), finding->thread->syscall)
                                                    : g_strdup (_ ("does not go on; nothing tells why")));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (finding->thread));
  verdict = flatline_diagnosis_word_verdict (diagnosis, finding, NULL);
  flatline_finding_free (finding);
  return verdict;
}

/*
 * Somebody sent the signal to a program that hung, to be rid of it or to have a core file of it: what it hung in is
 * what they want to know.
 */
static char *
dup_what_it_did_before (FlatlineSnapshot *snapshot)
{
  const gint64 signal = snapshot->signal;
  FlatlineVerdict *verdict;

  if (signal == 0 || snapshot->signal_sender == 0 || g_strcmp0 (snapshot->way, "core") != 0
      || (snapshot->program && snapshot->signal_sender == snapshot->program->pid))
    return NULL;
  snapshot->signal = 0;
  verdict = flatline_diagnose (snapshot);
  snapshot->signal = signal;
  return strcmp (verdict->kind, "unknown") != 0 ? g_strdup (verdict->summary) : NULL;
}

FlatlineVerdict *
flatline_diagnose (FlatlineSnapshot *snapshot)
{
  g_autofree char *before = NULL;
  g_autoptr (GHashTable) findings = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)flatline_finding_free);
  g_autoptr (GPtrArray) threads = NULL;
  FlatlineDiagnosis diagnosis = { .snapshot = snapshot, .findings = findings };
  FlatlineThread *relative;
  FlatlineFinding *chosen = NULL, *circle = NULL;

  g_return_val_if_fail (FLATLINE_IS_SNAPSHOT (snapshot), NULL);

  before = dup_what_it_did_before (snapshot);
  flatline_diagnosis_begin (&diagnosis);
  threads = list_threads (snapshot);
  for (guint i = 0; i < threads->len; i++)
    find_for_thread (&diagnosis, g_ptr_array_index (threads, i));
  for (guint i = 0; i < flatline_list_length (snapshot->relatives); i++)
    {
      relative = flatline_list_peek (snapshot->relatives, i);
      if (!flatline_thread_is_agent (relative))
        find_for_thread (&diagnosis, relative);
    }
  for (guint i = 0; i < diagnosis.others->len; i++)
    find_for_thread (&diagnosis, g_ptr_array_index (diagnosis.others, i));
  flatline_diagnosis_choose_workers (&diagnosis);
  for (guint i = 0; i < threads->len; i++)
    {
      FlatlineFinding *finding = g_hash_table_lookup (findings, g_ptr_array_index (threads, i));

      if (finding && tells_of_its_end (snapshot, finding->thread))
        g_clear_pointer (&finding->thread->waiting_for, g_free);
      else if (finding)
        fill_waiting_for (&diagnosis, finding);
    }
  if (threads->len > 0)
    chosen = choose_finding (&diagnosis, threads, &circle);
  if (chosen && before)
    flatline_finding_add_evidence (chosen, _ ("the registers"),
                                   /* Translators: a sentence: "MainThread waits for lock ‘a’ held by thread ‘b’" */
                                   _ ("Until then: %s"), before);
  if (chosen)
    {
      flatline_diagnosis_list_living (&diagnosis, chosen);
      flatline_diagnosis_note_stuck_handler (&diagnosis, chosen);
    }
  g_clear_object (&snapshot->verdict);
  snapshot->verdict =
      chosen ? flatline_diagnosis_word_verdict (&diagnosis, chosen, circle) : word_unknown (&diagnosis, threads);
  flatline_diagnosis_judge_end (snapshot);
  flatline_diagnosis_end (&diagnosis);
  return snapshot->verdict;
}

char *
flatline_verdict_dup_signature (FlatlineVerdict *verdict)
{
  g_return_val_if_fail (FLATLINE_IS_VERDICT (verdict), NULL);

  return g_strdup_printf ("%s|%s|%s|%" G_GINT64_FORMAT, verdict->kind ? verdict->kind : "unknown",
                          verdict->file ? verdict->file : "", verdict->function ? verdict->function : "",
                          verdict->line);
}
