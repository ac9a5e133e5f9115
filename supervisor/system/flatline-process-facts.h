/* SPDX-License-Identifier: MIT */
/*
 * Private to system/: what the tree shows of one process, as plain data that a worker thread reads and the main thread
 * writes into a FlatlineProcess.
 */
#pragma once

#include "flatline-proc-stat.h"
#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 pid;
  gint64 ppid;
  gint64 start_ticks;
  gint64 cpu_time_us;
  gint64 rss_bytes;
  gint64 threads;
  gint64 open_files;
  int exit_code; /* of a zombie, as waitpid gives it */
  char state;
  char *name;
  char *command_line;
  char *python_version;
} FlatlineProcessFacts;

/*
 * Reads the rest of the process of @stat. @known_as: what it was when it was last looked at, the comm of a Python, the
 * command line of anything else (NULL: never looked at); while that stays, the Python version stays too and is not
 * searched for again (NULL in the facts means "as before").
 */
FlatlineProcessFacts *
flatline_process_facts_read (const FlatlineProcStat *stat, const char *known_as);
void
flatline_process_facts_free (FlatlineProcessFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineProcessFacts, flatline_process_facts_free)

/* TRUE for a process that ended and is not reaped (a leader whose other threads live on has not ended). */
gboolean
flatline_process_facts_has_ended (const FlatlineProcessFacts *self);

/* Writes the facts into @process with g_object_set(), so that only what changed notifies. */
void
flatline_process_facts_apply (const FlatlineProcessFacts *self, FlatlineProcess *process, double cpu_percent);

/* "exited 3", "killed by SIGKILL". Transfer full. */
char *
flatline_process_dup_exit_text (int exit_status, int exit_signal);

G_END_DECLS
