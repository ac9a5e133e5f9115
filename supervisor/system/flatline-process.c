/* SPDX-License-Identifier: MIT */
/*
 * Single facts of a process and of its threads, from /proc. Every call reads anew and survives the process ending in
 * the middle: what could not be read stays unknown.
 */
#include "flatline-process.h"

#include "flatline-mounts.h"
#include "flatline-process-private.h"
#include "flatline-proc-stat.h"
#include "flatline-python-version.h"
#include "flatline-syscall-arguments.h"
#include "flatline-thread-status.h"
#include "flatline-syscall-names.h"

#include <glib/gi18n.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <unistd.h>

#define PF_KTHREAD             0x00200000 /* Linux: include/linux/sched.h */
#define MAX_COMMAND_LINE_BYTES (256 * 1024)
#define SYSCALL_ARGUMENTS      6
#define SYSCALL_WORDS          (1 + SYSCALL_ARGUMENTS + 2) /* with SP and PC */

/* More descriptors than any limit allows, fewer than any address. */
#define MAX_POLLED   (1 << 20)
#define MAX_CLOCK_ID 16

char
flatline_process_read_state (gint64 pid)
{
  FlatlineProcStat stat;

  /* The process's own file says the same of its first thread, and adds up the times of all threads before. */
  return flatline_proc_stat_read_thread (pid, pid, &stat) ? stat.state : 0;
}

gboolean
flatline_process_is_of_kernel (gint64 pid)
{
  FlatlineProcStat stat;

  return flatline_proc_stat_read (pid, &stat) && (stat.flags & PF_KTHREAD) != 0;
}

gint64
flatline_process_read_start_ticks (gint64 pid)
{
  FlatlineProcStat stat;

  return flatline_proc_stat_read (pid, &stat) ? stat.start_ticks : 0;
}

const char *
flatline_process_state_text (char state)
{
  switch (state)
    {
    case 'R':
      return N_ ("running");
    case 'S':
      return N_ ("sleeping");
    case 'D':
      return N_ ("waiting for disk");
    case 'T':
      return N_ ("stopped");
    case 't':
      return N_ ("being debugged");
    case 'Z':
    case 'X':
    case 'x':
      return N_ ("ended");
    case 'I':
      return N_ ("idle");
    case 'P':
      return N_ ("parked");
    default:
      return N_ ("unknown");
    }
}

char **
flatline_process_read_arguments (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *bytes = g_malloc (MAX_COMMAND_LINE_BYTES);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gssize length = flatline_proc_read_file (path, bytes, MAX_COMMAND_LINE_BYTES);

  if (length <= 0)
    return NULL;
  for (gssize start = 0; start < length; start += strlen (bytes + start) + 1)
    g_strv_builder_add (builder, bytes + start);
  return g_strv_builder_end (builder);
}

static char *
read_link (gint64 pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/%s", pid, name);
  char target[4096];
  gssize length = readlink (path, target, sizeof target - 1);

  if (length <= 0)
    return NULL;
  target[length] = '\0';
  /* The kernel says so of a file that was replaced while it runs; the name is still the one a person knows. */
  if (g_str_has_suffix (target, " (deleted)"))
    target[length - strlen (" (deleted)")] = '\0';
  return g_strdup (target);
}

static gboolean
has_mapped (gint64 pid, const char *library)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, library);
}

FlatlineProgram *
flatline_process_read_command (gint64 pid)
{
  FlatlineProgram *program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", pid, NULL);

  program->argv = flatline_process_read_arguments (pid);
  program->cwd = read_link (pid, "cwd");
  program->executable = read_link (pid, "exe");
  return program;
}

FlatlineProgram *
flatline_process_read_program (gint64 pid)
{
  FlatlineProgram *program = flatline_process_read_command (pid);

  program->python = flatline_python_version_read (pid);
  program->greenlets = program->python && has_mapped (pid, "/_greenlet.");
  return program;
}

GArray *
flatline_process_list_threads (gint64 pid)
{
  GArray *tids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    {
      gint64 tid;

      if (flatline_proc_parse_pid (name, &tid))
        g_array_append_val (tids, tid);
    }
  return tids;
}

gboolean
flatline_thread_read_clock (gint64 pid, gint64 native_id, FlatlineThreadClock *clock)
{
  char path[96], text[128];
  char *end = NULL;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/schedstat", pid, native_id);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0)
    return FALSE;
  clock->ran_us = g_ascii_strtoll (text, &end, 10) / 1000;
  clock->waited_us = g_ascii_strtoll (end, &end, 10) / 1000;
  clock->wakes = g_ascii_strtoll (end, NULL, 10);
  clock->read_at_us = g_get_monotonic_time ();
  return clock->ran_us >= 0 && clock->waited_us >= 0 && clock->wakes >= 0;
}

gboolean
flatline_thread_read_rests (gint64 pid, gint64 native_id, gint64 *rests)
{
  static const char word[] = "\nvoluntary_ctxt_switches:";
  char path[96], text[4096];
  const char *at;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/status", pid, native_id);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0 || !strstr (text, "\nState:\tR"))
    return FALSE;
  at = strstr (text, word);
  *rests = at ? g_ascii_strtoll (at + strlen (word), NULL, 10) : 0;
  return at != NULL;
}

/*
 * A 32-bit program on a 64-bit kernel counts its system calls in another table; better no name than a wrong one. Asked
 * only where the program counter may be one of 32 bits.
 */
static gboolean
speaks_our_syscalls (gint64 pid)
{
  char path[64], head[EI_CLASS + 2];

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/exe", pid);
  if (flatline_proc_read_file (path, head, sizeof head) <= EI_CLASS)
    return TRUE;
  return head[EI_CLASS] == (sizeof (void *) == 8 ? ELFCLASS64 : ELFCLASS32);
}

/*
 * A stop by a debugger, such as our own capture, makes the kernel go on with restart_syscall, which hides the name but
 * keeps the arguments. Only these four are restarted so (restart_block in the kernel), and their arguments tell them
 * apart.
 */
static const char *
name_of_restarted (const guint64 *arguments)
{
  const guint64 first = arguments[0], second = arguments[1];

  if (first < MAX_CLOCK_ID)
    return "clock_nanosleep";
  if (second & FUTEX_PRIVATE_FLAG && second < 0x200)
    return "futex";
  if (second == 0 || second > MAX_POLLED)
    return "nanosleep";
  return "poll";
}

static void
set_system_call (FlatlineThread *thread, gint64 number, const guint64 *arguments)
{
  const char *name = flatline_syscall_name (number);

  if (g_strcmp0 (name, "restart_syscall") == 0)
    name = name_of_restarted (arguments);
  thread->syscall = name ? g_strdup (name) : g_strdup_printf ("syscall %" G_GINT64_FORMAT, number);
  thread->syscall_args = g_new0 (char *, SYSCALL_ARGUMENTS + 1);
  for (int i = 0; i < SYSCALL_ARGUMENTS; i++)
    thread->syscall_args[i] = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", arguments[i]);
}

void
flatline_thread_take_system_call (
    FlatlineThread *thread, gint64 number, const guint64 *arguments, FlatlineThreadMemoryFunc read, gpointer source)
{
  g_return_if_fail (FLATLINE_IS_THREAD (thread) && read);

  g_clear_pointer (&thread->syscall, g_free);
  g_clear_pointer (&thread->syscall_args, g_strfreev);
  set_system_call (thread, number, arguments);
  flatline_syscall_read_arguments (thread, read, source);
}

/*
 * "running", "-1 SP PC" between calls, or "NUMBER ARG0 … ARG5 SP PC". A thread of the kernel is in no call, but its
 * line is all zeros, as if it read its descriptor 0; only such a thread has no program counter.
 */
static void
read_syscall (FlatlineThread *thread, int folder)
{
  g_auto (GStrv) words = NULL;
  char text[256];
  guint64 arguments[SYSCALL_ARGUMENTS], counter;

  g_clear_pointer (&thread->syscall, g_free);
  g_clear_pointer (&thread->syscall_args, g_strfreev);
  if (flatline_proc_read_file_in (folder, "syscall", text, sizeof text) <= 0 || !g_ascii_isdigit (text[0]))
    return;
  words = g_strsplit (g_strchomp (text), " ", -1);
  if (g_strv_length (words) < SYSCALL_WORDS)
    return;
  counter = g_ascii_strtoull (words[SYSCALL_WORDS - 1], NULL, 16);
  if (counter == 0 || (counter <= G_MAXUINT32 && !speaks_our_syscalls (thread->pid)))
    return;
  for (int i = 0; i < SYSCALL_ARGUMENTS; i++)
    arguments[i] = g_ascii_strtoull (words[1 + i], NULL, 16);
  set_system_call (thread, g_ascii_strtoll (words[0], NULL, 10), arguments);
}

/* Nanoseconds on a processor where the kernel counts them, else the coarser clock ticks. */
static gint64
read_cpu_time_us (int folder, const FlatlineProcStat *stat)
{
  char text[128];

  if (flatline_proc_read_file_in (folder, "schedstat", text, sizeof text) > 0)
    {
      gint64 nanoseconds = g_ascii_strtoll (text, NULL, 10);

      if (nanoseconds > 0)
        return nanoseconds / 1000;
    }
  return flatline_proc_ticks_to_us (stat->cpu_ticks);
}

static void
read_wait_channel (FlatlineThread *thread, int folder)
{
  char text[128];

  g_clear_pointer (&thread->wait_channel, g_free);
  if (flatline_proc_read_file_in (folder, "wchan", text, sizeof text) > 0 && strcmp (text, "0") != 0)
    thread->wait_channel = g_strdup (text);
}

/* Of what a thread hangs in: the share or the server that does not answer. */
static void
read_file_system (FlatlineThread *thread)
{
  g_autofree char *link = NULL;
  g_autofree char *target = NULL;
  const char *path = thread->syscall_path;

  g_clear_pointer (&thread->file_system, g_free);
  if (g_strcmp0 (thread->state, "D") != 0 || !thread->syscall_args)
    return;
  if (!path)
    {
      link = g_strdup_printf ("fd/%d", (gint32)g_ascii_strtoull (thread->syscall_args[0], NULL, 16));
      path = target = read_link (thread->pid, link);
    }
  if (path)
    thread->file_system = flatline_path_dup_file_system (thread->pid, path);
}

void
flatline_thread_take_state (FlatlineThread *thread, char state)
{
  g_free (thread->state);
  thread->state = g_strndup (&state, 1);
  g_free (thread->state_text);
  thread->state_text = g_strdup (flatline_process_state_text (state));
}

static void
set_state (FlatlineThread *thread, const FlatlineProcStat *stat, int folder)
{
  flatline_thread_take_state (thread, flatline_thread_status_see_state (stat->state, folder));
  if (!thread->name || !*thread->name)
    {
      g_free (thread->name);
      thread->name = g_utf8_make_valid (stat->comm, -1);
    }
}

static int
open_thread (FlatlineThread *thread)
{
  char path[64];

  g_return_val_if_fail (FLATLINE_IS_THREAD (thread), -1);
  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT, thread->pid, thread->native_id);
  return open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void
flatline_thread_read_state (FlatlineThread *thread)
{
  FlatlineProcStat stat;
  int folder;

  g_return_if_fail (FLATLINE_IS_THREAD (thread));
  if (!flatline_proc_stat_read_thread (thread->pid, thread->native_id, &stat))
    return;
  /* Few stand still: only with them there is more to be read than this one file. */
  folder = stat.state == 't' ? open_thread (thread) : -1;
  set_state (thread, &stat, folder);
  if (folder >= 0)
    close (folder);
}

void
flatline_thread_read_kernel_facts (FlatlineThread *thread)
{
  FlatlineProcStat stat;
  const int folder = open_thread (thread);

  if (folder < 0)
    return;
  if (flatline_proc_stat_read_in (folder, &stat))
    {
      set_state (thread, &stat, folder);
      thread->cpu_time_us = read_cpu_time_us (folder, &stat);
      read_syscall (thread, folder);
      flatline_syscall_read_arguments (thread, NULL, NULL);
      read_wait_channel (thread, folder);
      flatline_thread_read_status (thread, folder);
      read_file_system (thread);
    }
  close (folder);
}
