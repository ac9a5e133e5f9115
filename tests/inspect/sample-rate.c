/* SPDX-License-Identifier: MIT */
/*
 * sample-rate PID SECONDS: how many full passes over all stacks (file, function, line of every call, target not paused)
 * flatline_inspector_sample() makes a second. Prints passes a second, calls a pass, stacks, incomplete ones; and, with
 * the last pass, one line a call, for whoever wants to see that they are the right ones.
 */
#include "flatline-inspector.h"

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineSample) sample = flatline_sample_new ();
  g_autoptr (FlatlineInspector) inspector = NULL;
  g_autoptr (GError) error = NULL;
  gint64 began_us, end_us, now_us;
  guint64 n_passes = 0, n_stacks = 0, n_incomplete = 0;

  if (argc != 3)
    {
      g_printerr ("Usage: sample-rate PID SECONDS\n");
      return 2;
    }
  inspector = flatline_inspector_new (g_ascii_strtoll (argv[1], NULL, 10));
  began_us = now_us = g_get_monotonic_time ();
  end_us = began_us + (gint64)(g_ascii_strtod (argv[2], NULL) * G_USEC_PER_SEC);
  for (; now_us < end_us; now_us = g_get_monotonic_time (), n_passes++)
    {
      if (!flatline_inspector_sample (inspector, 10000, sample, &error))
        {
          g_printerr ("sample-rate: %s\n", error->message);
          return 1;
        }
      n_stacks += sample->threads->len;
      for (guint i = 0; i < sample->threads->len; i++)
        n_incomplete += !g_array_index (sample->threads, FlatlineThreadSample, i).complete;
    }
  g_print ("%.1f %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
           (double)n_passes * G_USEC_PER_SEC / (double)(now_us - began_us), sample->calls->len, n_stacks, n_incomplete);
  for (guint i = 0; i < sample->calls->len; i++)
    {
      const FlatlineCallPlace *call = g_ptr_array_index (sample->calls, i);

      g_print ("%s:%d %s\n", call->file, call->line, call->qualified_name);
    }
  return 0;
}
