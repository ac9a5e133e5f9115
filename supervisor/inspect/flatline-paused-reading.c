/* SPDX-License-Identifier: MIT */
/*
 * The target is read once as it runs, which tells the pages that matter; these are copied at one go in a pause. Where
 * they are as they were, what the first reading understood holds for that moment; else the copy is understood at
 * leisure. Where that needs pages that the first reading did not (the program moved on), they are known now: another
 * round. A program that goes on needing others is at last read wholly in a pause. All pauses together stay within the
 * budget's limit; what is left then is read without, as of a target that cannot be held.
 *
 * Of a program with many threads those that sleep are left asleep: to stop a thousand threads and to let them go again
 * takes longer than all else, and is more of a disturbance. When one of them woke meanwhile, that round does not count.
 */
#include "flatline-paused-reading.h"

#include "flatline-stop.h"

#include <glib/gi18n.h>

#define MAX_ROUNDS   4
#define MANY_THREADS 64

/* FALSE when the target cannot be stopped: the snapshot says why. */
static gboolean
begin_pause (FlatlinePythonReading *reading, FlatlineStop *stop)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *note = NULL;

  if (!flatline_stop_begin (stop, &error))
    {
      note = g_strdup_printf (_ ("Read without pause: %s"), error->message);
      flatline_snapshot_add_note (reading->snapshot, note);
      return FALSE;
    }
  if (flatline_stop_get_n_running (stop) > 0)
    flatline_snapshot_add_note (reading->snapshot,
                                _ ("A thread did not stop in time: it waits in the kernel, or for a processor"));
  return TRUE;
}

static void
prepare_native (FlatlinePythonReading *reading)
{
  g_autoptr (GError) error = NULL;

  if (!reading->budget->native && !reading->budget->native_of_awake)
    return;
  reading->native = flatline_native_stacks_new (reading->pid, &error);
  if (!reading->native)
    flatline_snapshot_add_note (reading->snapshot, error->message);
}

/* While the target is held. */
static void
copy_native_stacks (FlatlinePythonReading *reading, FlatlineStop *stop)
{
  GArray *held = flatline_stop_get_held (stop);

  for (guint i = 0; reading->native && i < held->len; i++)
    {
      const FlatlineHeldThread *thread = &g_array_index (held, FlatlineHeldThread, i);

      flatline_native_stacks_copy (reading->native, thread->tid, &thread->registers);
    }
}

static void
unwind_native_stacks (FlatlinePythonReading *reading, FlatlineStop *stop)
{
  GArray *held = flatline_stop_get_held (stop);

  for (guint i = 0; reading->native && i < held->len; i++)
    flatline_native_stacks_unwind (reading->native, g_array_index (held, FlatlineHeldThread, i).tid,
                                   reading->budget->max_frames);
}

/* Reads it once as it runs, for the pages that it takes. TRUE: it may hold for the pause, too. */
static gboolean
explore (FlatlinePythonReading *reading)
{
  const gint64 deadline_us = reading->deadline_us;
  const gint64 now_us = g_get_monotonic_time ();

  reading->deadline_us = now_us + (deadline_us - now_us) / 2;
  flatline_python_threads_read (reading);
  reading->deadline_us = deadline_us;
  /* What was not reached would need pages that are not copied. */
  reading->max_values = flatline_object_reader_get_n_values (reading->objects);
  return flatline_stacks_are_whole (reading->stacks);
}

/* Copies all pages that are known, in the pause that has begun. FALSE: some thread may have moved meanwhile. */
static gboolean
copy (FlatlinePythonReading *reading, FlatlineStop *stop, FlatlineSleepers *sleepers, gboolean may_wake)
{
  gboolean have_slept = TRUE;

  flatline_memory_refresh (reading->target->memory, FLATLINE_REFRESH_ALL);
  copy_native_stacks (reading, stop);
  /* At leisure where that will do: those that are let go wake others. */
  if (sleepers && !may_wake)
    have_slept = flatline_sleepers_have_slept (sleepers);
  if (!flatline_stop_end (stop))
    return FALSE;
  if (sleepers && may_wake)
    have_slept = flatline_sleepers_have_slept (sleepers);
  return have_slept;
}

/*
 * Understands what was copied. TRUE when all that was needed had been, and no thread was stopped in the few steps of
 * the interpreter between two frames, where its stack has no end.
 */
static gboolean
read_copied (FlatlinePythonReading *reading, FlatlineStop *stop)
{
  unwind_native_stacks (reading, stop);
  flatline_python_threads_read (reading);
  return flatline_memory_is_of_one_moment (reading->target->memory) && flatline_stacks_are_whole (reading->stacks);
}

/* Those that need not be stopped; NULL: all are. The C stack of one that sleeps is not read without. */
static FlatlineSleepers *
find_sleepers (FlatlinePythonReading *reading)
{
  g_autoptr (FlatlineSleepers) sleepers = reading->budget->native ? NULL : flatline_sleepers_new (reading->pid);

  if (sleepers)
    flatline_sleepers_look (sleepers);
  return sleepers && flatline_sleepers_get_n_threads (sleepers) > MANY_THREADS ? g_steal_pointer (&sleepers) : NULL;
}

/* Before a pause: who has not stirred since the look before is left asleep in it, but none in the last one. */
static void
spare_sleepers (FlatlineStop *stop, FlatlineSleepers *sleepers, gboolean is_last)
{
  if (sleepers && !is_last)
    flatline_sleepers_look (sleepers);
  flatline_stop_spare (stop, is_last ? NULL : sleepers);
}

/* TRUE: all that was read is of one moment. */
static gboolean
read_in_rounds (FlatlinePythonReading *reading, FlatlineStop *stop)
{
  const guint n_threads = flatline_list_length (reading->snapshot->threads);
  g_autoptr (FlatlineSleepers) sleepers = find_sleepers (reading);
  gboolean is_read = explore (reading);

  for (guint i = 0; i < MAX_ROUNDS; i++)
    {
      const gboolean is_last = i == MAX_ROUNDS - 1;
      gboolean is_copied;

      flatline_memory_prepare_refresh (reading->target->memory);
      spare_sleepers (stop, sleepers, is_last);
      if (!begin_pause (reading, stop))
        break;
      is_copied = copy (reading, stop, is_last ? NULL : sleepers, i == 0);
      if (is_read && flatline_memory_is_as_before (reading->target->memory))
        {
          unwind_native_stacks (reading, stop);
          return TRUE;
        }
      is_read = FALSE;
      flatline_python_threads_forget (reading->snapshot, n_threads);
      if (is_copied && read_copied (reading, stop))
        return TRUE;
      if (flatline_stop_was_cut_short (stop))
        break;
    }
  flatline_python_threads_forget (reading->snapshot, n_threads);
  flatline_stop_spare (stop, NULL);
  reading->max_values = 0;
  /* Held or not: what changes while it is read is read again. */
  reading->moves = TRUE;
  if (!flatline_stop_was_cut_short (stop) && begin_pause (reading, stop))
    {
      flatline_memory_refresh (reading->target->memory, FLATLINE_REFRESH_ALL);
      copy_native_stacks (reading, stop);
      unwind_native_stacks (reading, stop);
    }
  else
    flatline_memory_drop_pages (reading->target->memory);
  flatline_python_threads_read (reading);
  return FALSE;
}

static void
finish (FlatlinePythonReading *reading, FlatlineStop *stop, gboolean is_of_one_moment)
{
  flatline_stop_end (stop);
  reading->snapshot->pause_us += flatline_stop_get_held_us (stop);
  if (flatline_stop_was_cut_short (stop) && !is_of_one_moment)
    flatline_snapshot_add_limit (reading->snapshot,
                                 _ ("The pause was as long as it may be: the rest was read while the program ran"));
}

void
flatline_paused_reading_run (FlatlinePythonReading *reading)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (reading->pid, (gint64)reading->budget->max_pause_ms * 1000);

  flatline_stop_prepare (stop);
  prepare_native (reading);
  finish (reading, stop, read_in_rounds (reading, stop));
}

void
flatline_paused_reading_run_native (FlatlinePythonReading *reading)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (reading->pid, (gint64)reading->budget->max_pause_ms * 1000);

  flatline_stop_prepare (stop);
  prepare_native (reading);
  if (!reading->native || !begin_pause (reading, stop))
    return;
  copy_native_stacks (reading, stop);
  flatline_stop_end (stop);
  unwind_native_stacks (reading, stop);
  finish (reading, stop, FALSE);
}

void
flatline_paused_reading_run_held (FlatlinePythonReading *reading,
                                  FlatlineStop *stop,
                                  gint64 tid,
                                  const FlatlineRegisters *registers)
{
  prepare_native (reading);
  copy_native_stacks (reading, stop);
  if (reading->native && registers)
    flatline_native_stacks_copy (reading->native, tid, registers);
  unwind_native_stacks (reading, stop);
  if (reading->target)
    flatline_python_threads_read (reading);
}
