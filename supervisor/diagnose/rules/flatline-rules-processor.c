/* SPDX-License-Identifier: MIT */
/*
 * Rules about the processor and the GIL: stopped, waiting for a disk, running, holding the GIL or wanting it. A beat of
 * the interpreter lane needs the GIL; a fresh one proves that the GIL goes from hand to hand.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* Four missed beats of 250 ms. */
#define GIL_SILENCE_US (1 * G_USEC_PER_SEC)

/* Linux: kernel/freezer.c for version 1 of control groups, kernel/signal.c for version 2, often inlined. */
static gboolean
is_frozen_by_group (FlatlineThread *thread)
{
  const char *channel = thread->wait_channel;

  if (!channel || flatline_thread_in_state (thread, 'T') || flatline_thread_in_state (thread, 't'))
    return FALSE;
  return strcmp (channel, "__refrigerator") == 0 || strcmp (channel, "do_freezer_trap") == 0
         || strcmp (channel, "get_signal") == 0;
}

/* Job control stops who reads or writes in the background in the midst of that call (SIGTTIN, SIGTTOU), Ctrl+Z
 * anywhere. */
static char *
dup_stop_text (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineDescriptor *descriptor =
      flatline_diagnosis_find_descriptor (diagnosis, thread->pid, (gint32)flatline_thread_syscall_argument (thread, 0));
  const gboolean on_terminal = descriptor && g_strcmp0 (descriptor->kind, "tty") == 0;

  if (on_terminal && flatline_thread_in_syscall (thread, "read readv"))
    return g_strdup (_ ("is stopped while it reads from its terminal, in the background (SIGTTIN) or by Ctrl+Z, and "
                        "goes on when the shell takes it to the foreground (fg)"));
  if (on_terminal && flatline_thread_in_syscall (thread, "write writev ioctl"))
    return g_strdup (_ ("is stopped while it writes to its terminal or sets it up, in the background (SIGTTOU) or by "
                        "Ctrl+Z, and goes on when the shell takes it to the foreground (fg)"));
  return g_strdup (_ ("is stopped by a signal and goes on with SIGCONT"));
}

gboolean
flatline_rule_stopped (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (is_frozen_by_group (thread))
    {
      flatline_finding_settle (
          finding, "stopped", FLATLINE_CONFIDENCE_CERTAIN,
          g_strdup (_ ("is frozen with its control group, as a paused container is, and goes on when "
                       "that is thawed")));
      flatline_finding_add_evidence (finding, "/proc/PID/task/TID/wchan", _ ("The kernel waits in %s"),
                                     thread->wait_channel);
      return TRUE;
    }
  if (flatline_thread_in_state (thread, 't') && thread->tracer_pid)
    {
      g_autofree char *tracer = flatline_diagnosis_dup_process_label (diagnosis, thread->tracer_pid);
      g_autofree char *source = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/status",
                                                 thread->pid, thread->native_id);

      flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_CERTAIN,
                               g_strdup_printf (_ ("is held by a debugger, %s"), tracer));
      flatline_finding_add_evidence (finding, source, _ ("The thread is traced by %s"), tracer);
      flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, thread->tracer_pid));
      flatline_finding_take_resource (finding, flatline_reference_new_for_process (diagnosis, thread->tracer_pid));
      finding->resource =
          g_strdup (/* Translators: “MainThread waits for its debugger, held by process 7” */ _ ("its debugger"));
      finding->other_holder = g_steal_pointer (&tracer);
      finding->other_holder_id = thread->tracer_pid;
      return TRUE;
    }
  if (!flatline_thread_in_state (thread, 'T'))
    return FALSE;
  flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_CERTAIN, dup_stop_text (diagnosis, thread));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* Linux: fs/userfaultfd.c, mm/filemap.c. Outside of any system call, a touch of memory brought the thread there. */
static gboolean
waits_for_page (FlatlineThread *thread)
{
  static const char *const channels[] = { "handle_userfault", "folio_wait_bit", "folio_lock", "wait_on_page_bit" };

  for (gsize i = 0; thread->wait_channel && !thread->syscall && i < G_N_ELEMENTS (channels); i++)
    if (strstr (thread->wait_channel, channels[i]))
      return TRUE;
  return FALSE;
}

/* " /mnt/data/x (fuse.sshfs file system at /mnt/data)" for what a thread in the D state works on. */
static char *
dup_file_text (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineDescriptor *descriptor =
      thread->syscall_path || !thread->syscall
          ? NULL
          : flatline_diagnosis_find_descriptor (diagnosis, thread->pid,
                                                (gint32)flatline_thread_syscall_argument (thread, 0));
  const char *path = thread->syscall_path               ? thread->syscall_path
                     : descriptor && descriptor->target ? descriptor->target
                                                        : NULL;

  if (!path || path[0] != '/')
    return NULL;
  return thread->file_system ? g_strdup_printf ("%s (%s)", path, thread->file_system) : g_strdup (path);
}

gboolean
flatline_rule_disk (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  g_autofree char *file = NULL;

  if (waits_for_page (thread))
    flatline_finding_settle (
        finding, "disk-wait", FLATLINE_CONFIDENCE_CERTAIN,
        g_strdup (_ ("touched memory whose page does not come: a page fault that nobody answers")));
  else if (!flatline_thread_in_state (thread, 'D'))
    return FALSE;
  else
    {
      file = dup_file_text (diagnosis, thread);
      flatline_finding_settle (
          finding, "disk-wait", FLATLINE_CONFIDENCE_LIKELY,
          file && thread->syscall
              ? /* Translators: a system call, a path and its file system */
              g_strdup_printf (_ ("waits in %s for %s, which does not answer"), thread->syscall, file)
              : thread->syscall ? g_strdup_printf (
                    _ ("waits for a disk or a network file system in %s and cannot be interrupted"), thread->syscall)
                                : g_strdup (_ ("waits for a disk or a network file system and cannot be interrupted")));
      finding->resource = g_steal_pointer (&file);
    }
  flatline_finding_add_kernel_evidence (finding);
  if (thread->wait_channel)
    flatline_finding_add_evidence (finding, "/proc/PID/task/TID/wchan", _ ("The kernel waits in %s"),
                                   thread->wait_channel);
  return TRUE;
}

static FlatlineThread *
find_other_wanting_gil (FlatlineDiagnosis *diagnosis, FlatlineThread *holder)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != holder && thread->waits_for_gil && thread->gil == holder->gil)
        return thread;
    }
  return NULL;
}

FlatlineThread *
flatline_diagnosis_find_gil_holder (FlatlineDiagnosis *diagnosis, FlatlineThread *wanting)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != wanting && thread->holds_gil && thread->gil == wanting->gil)
        return thread;
    }
  return NULL;
}

/* @work in C, NULL unknown; @syscall that it waits in, NULL none; finding->resource is the mutex that it waits for. */
static char *
dup_how_gil_is_held (const FlatlineFinding *finding, const char *work, const char *syscall)
{
  if (finding->resource && work)
    /* Translators: "in FUNCTION()" or "computing ‘…’"; "a mutex of native code (at 0x7f…)" */
    return g_strdup_printf (_ ("holds the GIL, so that no other Python thread can run, and waits, %s, for %s"), work,
                            finding->resource);
  if (finding->resource)
    /* Translators: "a mutex of native code (at 0x7f…)" */
    return g_strdup_printf (_ ("holds the GIL, so that no other Python thread can run, and waits for %s"),
                            finding->resource);
  if (syscall && work)
    /* Translators: a system call; "in FUNCTION()" or "computing ‘…’" */
    return g_strdup_printf (
        _ ("holds the GIL while it waits in the system call %s, %s, so no other Python thread can run"), syscall, work);
  if (syscall)
    return g_strdup_printf (_ ("holds the GIL while it waits in the system call %s, so no other Python thread can run"),
                            syscall);
  if (work)
    /* Translators: "in FUNCTION()" or "computing ‘…’" */
    return g_strdup_printf (
        _ ("holds the GIL in native code, %s and does not let go, so no other Python thread can run"), work);
  return g_strdup (_ ("holds the GIL in native code and does not let go, so no other Python thread can run"));
}

/* Whoever gives Python its program line by line through a pipe keeps the GIL waiting for the next, and nobody else. */
static gboolean
reads_its_code (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  return thread->is_main && g_strcmp0 (diagnosis->snapshot->phase, "reading") == 0
         && !flatline_thread_find_innermost (thread) && flatline_thread_in_syscall (thread, "read")
         && flatline_thread_syscall_argument (thread, 0) == 0;
}

gboolean
flatline_rule_gil_held (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gint64 silence_us = flatline_snapshot_silence_us (diagnosis->snapshot, "interpreter");
  FlatlineThread *wanting = thread->holds_gil ? find_other_wanting_gil (diagnosis, thread) : NULL;
  FlatlineFrame *native = flatline_thread_find_native_work (thread);
  FlatlineConfidence confidence = FLATLINE_CONFIDENCE_LIKELY;
  FlatlineLock *mutex = NULL;
  g_autofree char *work = NULL;
  gboolean blocked;

  if (!thread->holds_gil || (silence_us >= 0 && silence_us < GIL_SILENCE_US) || reads_its_code (diagnosis, thread))
    return FALSE;
  /* Read at different moments, a system call and the GIL say nothing together, unless nothing moved since. */
  if (flatline_thread_was_watched (thread) && (thread->gil_looks < thread->looks || thread->moves > 0))
    return FALSE;
  blocked = thread->syscall && flatline_thread_in_state (thread, 'S')
            && (!flatline_thread_was_watched (thread) || flatline_thread_stands_still (thread));
  /* Without beats, a running holder may be Python code like any other. */
  if (!blocked && silence_us < 0 && !(native && wanting))
    return FALSE;
  if (wanting && (blocked || silence_us >= GIL_SILENCE_US) && diagnosis->snapshot->pause_us > 0)
    confidence = FLATLINE_CONFIDENCE_CERTAIN;
  work = flatline_diagnosis_dup_native_work (diagnosis, thread);
  mutex = blocked ? flatline_diagnosis_find_awaited_mutex (diagnosis, thread) : NULL;
  if (mutex)
    flatline_finding_hold_mutex (diagnosis, finding, mutex);
  flatline_finding_settle (finding, "gil-held", confidence,
                           dup_how_gil_is_held (finding, work, blocked ? thread->syscall : NULL));
  flatline_finding_add_kernel_evidence (finding);
  if (silence_us >= 0)
    flatline_finding_add_evidence (finding, _ ("beats of the interpreter lane"),
                                   _ ("The last beat that needs the GIL is %.1f s old"),
                                   (double)silence_us / G_USEC_PER_SEC);
  if (wanting)
    {
      g_autofree char *label = flatline_thread_dup_label (wanting);
      flatline_finding_add_evidence (finding, _ ("the interpreter’s state"), _ ("%s waits for the GIL"), label);
    }
  return TRUE;
}

/*
 * Waits of the interpreter's own that are over in a moment (its mutexes, its memory) look no different on a machine
 * that has no processor for those who have to act.
 */
#define SHORT_CALLS "futex madvise mmap munmap mprotect mremap brk clone clone3 sched_yield"

gboolean
flatline_rule_world_kept (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean stays =
      flatline_thread_was_watched (thread) && thread->gil_looks == thread->looks && thread->moves == 0;
  gboolean is_blocked;
  g_autofree char *work = NULL;

  /* At any one moment it may be on its way to where it stops. */
  if (!thread->keeps_world || (flatline_thread_was_watched (thread) && !stays))
    return FALSE;
  work = flatline_diagnosis_dup_native_work (diagnosis, thread);
  /* One that runs may have gone on and be asked once more at each look. */
  is_blocked = stays && thread->syscall && flatline_thread_stands_still (thread)
               && !flatline_thread_in_syscall (thread, SHORT_CALLS);
  flatline_finding_settle (
      finding, "gil-held", is_blocked ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY,
      work
          ? /* Translators: a thread; "in FUNCTION()" or "computing ‘…’" */
          g_strdup_printf (_ ("keeps all other Python threads waiting, %s: all are to stop for a moment, and it "
                              "does not"),
                           work)
          : g_strdup (_ ("keeps all other Python threads waiting, in native code: all are to stop for a moment, and it "
                         "does not")));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_evidence (
      finding, _ ("the interpreter’s state"), "%s",
      _ ("The interpreter asked the thread to stop, as it does at exit and to collect garbage, and it has not"));
  return TRUE;
}

gboolean
flatline_rule_gil_wanted (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineThread *holder;
  FlatlineLock *mutex;

  if (!thread->waits_for_gil)
    return FALSE;
  holder = flatline_diagnosis_find_gil_holder (diagnosis, thread);
  mutex = holder ? flatline_diagnosis_find_awaited_mutex (diagnosis, holder) : NULL;
  flatline_finding_settle (finding, "gil-held",
                           mutex && flatline_thread_stands_still (holder) ? FLATLINE_CONFIDENCE_CERTAIN
                           : holder                                       ? FLATLINE_CONFIDENCE_LIKELY
                                                                          : FLATLINE_CONFIDENCE_GUESS,
                           g_strdup (_ ("waits for the GIL")));
  finding->resource = g_strdup (_ ("the GIL"));
  finding->holder = holder ? holder->native_id : 0;
  flatline_finding_add_evidence (finding, _ ("the interpreter’s state"), _ ("The thread has asked for the GIL"));
  return TRUE;
}

/* The last resort: it goes on, or ran at the moment of the look, which says little. */
gboolean
flatline_rule_momentarily_running (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (flatline_thread_in_state (thread, 't'))
    {
      flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_GUESS, g_strdup (_ ("is held by a debugger")));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (flatline_thread_was_watched (thread) && !thread->syscall && thread->demand_percent >= 100)
    {
      flatline_finding_settle (
          finding, flatline_thread_find_innermost (thread) ? "busy-loop" : "native-busy", FLATLINE_CONFIDENCE_GUESS,
          g_strdup_printf (_ ("wants to run, but others leave it no processor: it gets %.0f %% of one"),
                           MAX (thread->cpu_percent, 0)));
      flatline_finding_add_kernel_evidence (finding);
      flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (thread));
      return TRUE;
    }
  if (flatline_thread_was_watched (thread) && !flatline_thread_stands_still (thread))
    {
      flatline_finding_settle (
          finding, "unknown", FLATLINE_CONFIDENCE_GUESS,
          g_strdup_printf (ngettext ("goes on by itself: it moved in %d of %d look and used %.0f %% of a processor",
                                     "goes on by itself: it moved in %d of %d looks and used %.0f %% of a processor",
                                     (gulong)thread->looks),
                           (int)thread->moves, (int)thread->looks, MAX (thread->cpu_percent, 0)));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (!flatline_thread_in_state (thread, 'R'))
    return FALSE;
  flatline_finding_settle (finding, flatline_thread_find_innermost (thread) ? "busy-loop" : "native-busy",
                           FLATLINE_CONFIDENCE_GUESS, g_strdup (_ ("was running when it was looked at")));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}
