/* SPDX-License-Identifier: MIT */
/* All processes of the machine that a person may want to look at, for a list to choose from. */
#include "flatline-process.h"

#include "flatline-process-facts.h"
#include "flatline-process-table.h"

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
