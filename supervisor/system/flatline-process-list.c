/* SPDX-License-Identifier: MIT */
/* All processes of the machine that a person may want to look at, for a list to choose from; and which of its ids one
 * is read by. */
#include "flatline-process.h"

#include "flatline-process-facts.h"
#include "flatline-proc-stat.h"
#include "flatline-process-table.h"

#include <string.h>
#include <unistd.h>

GPtrArray *
flatline_processes_list (void)
{
  g_autoptr (FlatlineProcessTable) table = flatline_process_table_read ();
  GPtrArray *processes = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < table->stats->len; i++)
    {
      const FlatlineProcStat *stat = &g_array_index (table->stats, FlatlineProcStat, i);
      g_autoptr (FlatlineProcessFacts) facts = NULL;

      if (stat->pid == getpid ())
        continue;
      facts = flatline_process_facts_read (stat, NULL);
      /* Threads of the kernel have no command line; what has ended has nothing to show. */
      if (facts->command_line && !flatline_process_facts_has_ended (facts))
        {
          FlatlineProcess *process = g_object_new (FLATLINE_TYPE_PROCESS, NULL);

          flatline_process_facts_apply (facts, process, -1);
          g_ptr_array_add (processes, process);
        }
    }
  return processes;
}

gint64
flatline_process_find_of_thread (gint64 id)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", id);
  char text[4096];
  const char *line = flatline_proc_read_file (file, text, sizeof text) > 0 ? strstr (text, "\nTgid:") : NULL;
  const gint64 pid = line ? g_ascii_strtoll (line + strlen ("\nTgid:"), NULL, 10) : 0;

  return pid > 0 ? pid : id;
}

static gboolean
has_ended (char state)
{
  return state == 'Z' || state == 'X' || state == 0;
}

gint64
flatline_process_find_living_thread (gint64 pid)
{
  g_autoptr (GArray) threads = NULL;
  FlatlineProcStat stat;

  if (!has_ended (flatline_process_read_state (pid)))
    return pid;
  threads = flatline_process_list_threads (pid);
  for (guint i = 0; threads && i < threads->len; i++)
    if (flatline_proc_stat_read_thread (pid, g_array_index (threads, gint64, i), &stat) && !has_ended (stat.state))
      return stat.pid;
  return pid;
}
