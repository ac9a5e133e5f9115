/* SPDX-License-Identifier: MIT */
/* Single facts of a process from /proc, and signals that cannot hit the wrong one. All calls are short and blocking. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* The state letter of /proc/PID/stat ('R', 'S', 'D', 'T', 't', 'Z', …), 0 when it is gone. */
char
flatline_process_read_state (gint64 pid);

/* The pid of the process that the thread @id belongs to; @id itself when there is none. */
gint64
flatline_process_find_of_thread (gint64 id);

/*
 * Whose files in /proc tell of the process @pid: its own, or where its first thread has ended before the others, those
 * of one that is left.
 */
gint64
flatline_process_find_living_thread (gint64 pid);

/* TRUE for a thread of the kernel, which has a pid like any process. */
gboolean
flatline_process_is_of_kernel (gint64 pid);

/* Field 22 of /proc/PID/stat, 0 when it is gone. */
gint64
flatline_process_read_start_ticks (gint64 pid);

/* Program facts (argv, cwd, executable) for a snapshot. Transfer full. */
FlatlineProgram *
flatline_process_read_command (gint64 pid);
/* The same with the version of Python, which is searched for in the executable the first time. Transfer full. */
FlatlineProgram *
flatline_process_read_program (gint64 pid);

/* "SIGSEGV" for 11; "signal 99" for others. Transfer full. */
char *
flatline_signal_dup_name (int signum);

/* "running", "sleeping", "waiting for disk", "stopped", "being debugged", "ended", for a state letter. Static. */
const char *
flatline_process_state_text (char state);

/*
 * Sends @signum through a pidfd; @start_ticks (0: do not care) refuses a pid that was reused meanwhile. The message
 * of a failure says what to do.
 */
gboolean
flatline_process_send_signal (gint64 pid, gint64 start_ticks, int signum, GError **error);

/* Sends @signum to @pid and every descendant, deepest last, again until no new one is born. Returns how many got it. */
guint
flatline_process_send_signal_to_tree (gint64 pid, int signum);

/*
 * Fills the kernel facts of @thread (pid and native_id are set): state, cpu_time_us, syscall, its arguments, its path
 * and the descriptors it polls, wait channel, signals, tracer, and name when it has none.
 */
void
flatline_thread_read_kernel_facts (FlatlineThread *thread);

/* Fills @length bytes at @address of a thread's memory, or answers FALSE. */
typedef gboolean (*FlatlineThreadMemoryFunc) (gpointer source, guint64 address, void *buffer, gsize length);

/*
 * Of a thread that the kernel does not tell of any more: the system call @number that it slept in, with its six
 * @arguments, and what is found behind them in the memory that @read reads.
 */
void
flatline_thread_take_system_call (
    FlatlineThread *thread, gint64 number, const guint64 *arguments, FlatlineThreadMemoryFunc read, gpointer source);

/* 'S' with its words: what the kernel would say. */
void
flatline_thread_take_state (FlatlineThread *thread, char state);

/* Fills only its state, and name when it has none: one small file. */
void
flatline_thread_read_state (FlatlineThread *thread);

/* What the scheduler has counted of a thread since it began, and when that was read (monotonic). */
typedef struct
{
  gint64 ran_us;
  gint64 waited_us; /* ready to run, but no core was free */
  gint64 wakes;     /* how often it was given a core */
  gint64 read_at_us;
} FlatlineThreadClock;

/* FALSE when the kernel does not tell, or the thread is gone. */
gboolean
flatline_thread_read_clock (gint64 pid, gint64 native_id, FlatlineThreadClock *clock);

/*
 * How often the thread has given its processor back by itself, to wait for something. FALSE unless it is ready to run:
 * one that is twice, and has not done so in between, was all the time, though schedstat counts no wait for a processor
 * before its end.
 */
gboolean
flatline_thread_read_rests (gint64 pid, gint64 native_id, gint64 *rests);

/* Native ids of the threads of @pid. Transfer full, GArray of gint64. */
GArray *
flatline_process_list_threads (gint64 pid);

/* Every process that may be looked at, but not this one. Blocking. Transfer full, GPtrArray of FlatlineProcess. */
GPtrArray *
flatline_processes_list (void);

G_END_DECLS
