/* SPDX-License-Identifier: MIT */
/* Private to system/: small files of /proc read whole, and the fields of a stat line that the rest of the folder needs.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 pid; /* or the tid, for a thread's line */
  gint64 ppid;
  gint64 group;
  gint64 session;
  gint64 terminal;  /* device number of the controlling terminal, 0 none */
  gint64 flags;     /* PF_… of the kernel */
  gint64 cpu_ticks; /* user and system time together, in clock ticks */
  gint64 threads;
  gint64 start_ticks;
  gint64 rss_pages;
  int exit_code; /* as waitpid gives it; meaningful for a zombie only, 0 when not allowed to know */
  char state;
  char comm[64]; /* UTF-8 is not promised */
} FlatlineProcStat;

/* Parses one line of /proc/PID/stat; @text is not changed. */
gboolean
flatline_proc_stat_parse (const char *text, FlatlineProcStat *stat);

/* /proc/PID/stat. FALSE when the process is gone. */
gboolean
flatline_proc_stat_read (gint64 pid, FlatlineProcStat *stat);

/* /proc/PID/task/TID/stat. */
gboolean
flatline_proc_stat_read_thread (gint64 pid, gint64 tid, FlatlineProcStat *stat);

/* The file "stat" of the process or thread that the open @folder is of. */
gboolean
flatline_proc_stat_read_in (int folder, FlatlineProcStat *stat);

/* Reads at most @size - 1 bytes of @path and ends them with NUL; returns their number, -1 when it cannot be read. */
gssize
flatline_proc_read_file (const char *path, char *buffer, gsize size);

/*
 * The same of the file @name in the open @folder of a process or thread: of files that lie side by side the way to them
 * is looked up once. Only of those that the kernel makes as a whole, as it does "stat", "status" and what is one line.
 */
gssize
flatline_proc_read_file_in (int folder, const char *name, char *buffer, gsize size);

/* TRUE and the number when @name is all digits, as the names of processes in /proc are. */
gboolean
flatline_proc_parse_pid (const char *name, gint64 *pid);

/* Clock ticks to microseconds. */
gint64
flatline_proc_ticks_to_us (gint64 ticks);

/* When the machine started, microseconds UTC, whole seconds as the kernel gives it. */
gint64
flatline_proc_boot_time_us (void);

G_END_DECLS
