/* SPDX-License-Identifier: MIT */
/*
 * soak-captures PID N: N captures of one process in a row, in turn with variables and without, held and running, by an
 * inspector that is kept and by new ones. One line each: the pid it took it for, microseconds held, native id of each
 * thread with its calls, innermost first. test_busy.py checks them.
 */
#include "flatline-inspector.h"

static void
print_thread (FlatlineThread *thread)
{
  g_print ("\t%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d", thread->pid, thread->native_id, thread->incomplete);
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      g_print (" %s:%" G_GINT64_FORMAT ":%d", frame->function, frame->line,
               g_str_has_suffix (frame->file, "busy_program.py"));
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineInspector) kept = NULL;
  gint64 pid, n;

  if (argc != 3)
    {
      g_printerr ("Usage: soak-captures PID N\n");
      return 2;
    }
  pid = g_ascii_strtoll (argv[1], NULL, 10);
  n = g_ascii_strtoll (argv[2], NULL, 10);
  kept = flatline_inspector_new (pid);
  for (gint64 i = 0; i < n; i++)
    {
      g_autoptr (FlatlineInspector) inspector = i % 10 == 0 ? flatline_inspector_new (pid) : g_object_ref (kept);
      g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new ("soak");
      g_autoptr (GError) error = NULL;
      FlatlineCaptureBudget budget = flatline_capture_budget_default ();

      budget.pause = i % 2 == 0;
      budget.locals = i % 4 < 2;
      if (!flatline_inspector_capture (inspector, &budget, snapshot, NULL, &error))
        {
          g_printerr ("soak-captures: %s\n", error->message);
          return 1;
        }
      g_print ("%d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, budget.pause, snapshot->program->pid, snapshot->pause_us);
      for (guint j = 0; j < flatline_list_length (snapshot->threads); j++)
        print_thread (flatline_list_peek (snapshot->threads, j));
      g_print ("\n");
    }
  return 0;
}
