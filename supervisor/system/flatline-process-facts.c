/* SPDX-License-Identifier: MIT */
/* What the tree shows of one process: read in a worker, written into its record on the main thread. */
#include "flatline-process-facts.h"

#include "flatline-process-private.h"
#include "flatline-process.h"
#include "flatline-python-version.h"
#include "flatline-thread-status.h"

#include <glib/gi18n.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Since Linux 6.2 the size of the folder is the number of descriptors; before, it is 0 and they are counted. */
static gint64
count_open_files (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", pid);
  struct stat facts;
  gint64 count = 0;
  DIR *folder;

  folder = opendir (path);
  if (!folder)
    return -1;
  if (fstat (dirfd (folder), &facts) == 0 && facts.st_size > 0)
    count = facts.st_size;
  else
    {
      struct dirent *entry;

      while ((entry = readdir (folder)))
        count += g_ascii_isdigit (entry->d_name[0]);
    }
  closedir (folder);
  return count;
}

/* Quotes only what a shell would take apart, so that a plain command line reads as it was typed. */
static void
append_argument (GString *line, const char *argument)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

  if (line->len > 0)
    g_string_append_c (line, ' ');
  if (*argument && argument[strspn (argument, plain)] == '\0')
    g_string_append (line, argument);
  else
    {
      g_autofree char *quoted = g_shell_quote (argument);
      g_string_append (line, quoted);
    }
}

static char *
read_command_line (gint64 pid)
{
  g_auto (GStrv) arguments = flatline_process_read_arguments (pid);
  g_autoptr (GString) line = g_string_new (NULL);

  for (char **argument = arguments; argument && *argument; argument++)
    append_argument (line, *argument);
  return line->len > 0 ? g_utf8_make_valid (line->str, line->len) : NULL;
}

/* Most do not stand still. */
static char
see_state (const FlatlineProcStat *stat)
{
  g_autofree char *path = stat->state == 't' ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT, stat->pid) : NULL;
  const int folder = path ? open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  const char state = folder >= 0 ? flatline_thread_status_see_state (stat->state, folder) : stat->state;

  if (folder >= 0)
    close (folder);
  return state;
}

FlatlineProcessFacts *
flatline_process_facts_read (const FlatlineProcStat *stat, const char *known_as)
{
  static gsize page_size = 0;
  FlatlineProcessFacts *self = g_new0 (FlatlineProcessFacts, 1);

  if (page_size == 0)
    page_size = sysconf (_SC_PAGESIZE);
  self->pid = stat->pid;
  self->ppid = stat->ppid;
  self->start_ticks = stat->start_ticks;
  self->cpu_time_us = flatline_proc_ticks_to_us (stat->cpu_ticks);
  self->rss_bytes = stat->rss_pages * (gint64)page_size;
  self->threads = stat->threads;
  self->state = see_state (stat);
  self->exit_code = stat->exit_code;
  self->name = g_utf8_make_valid (stat->comm, -1);
  if (flatline_process_facts_has_ended (self))
    return self;
  self->open_files = count_open_files (stat->pid);
  self->command_line = read_command_line (stat->pid);
  if (g_strcmp0 (known_as, self->name) != 0 && g_strcmp0 (known_as, self->command_line) != 0)
    self->python_version = flatline_python_version_read (stat->pid);
  return self;
}

void
flatline_process_facts_free (FlatlineProcessFacts *self)
{
  g_free (self->name);
  g_free (self->command_line);
  g_free (self->python_version);
  g_free (self);
}

gboolean
flatline_process_facts_has_ended (const FlatlineProcessFacts *self)
{
  return (self->state == 'Z' && self->threads <= 1) || self->state == 'X' || self->state == 'x';
}

char *
flatline_process_dup_exit_text (int exit_status, int exit_signal)
{
  g_autofree char *name = NULL;

  if (exit_signal == 0)
    return g_strdup_printf (_ ("exited %d"), exit_status);
  name = flatline_signal_dup_name (exit_signal);
  return g_strdup_printf (_ ("killed by %s"), name);
}

void
flatline_process_facts_apply (const FlatlineProcessFacts *self, FlatlineProcess *process, double cpu_percent)
{
  const char state[2] = { self->state, '\0' };
  const gboolean ended = flatline_process_facts_has_ended (self);

  g_object_freeze_notify (G_OBJECT (process));
  g_object_set (process, "pid", self->pid, "ppid", self->ppid, "start-ticks", self->start_ticks, "name", self->name,
                "state", state, "state-text", flatline_process_state_text (self->state), "cpu-time-us",
                self->cpu_time_us, "cpu-percent", cpu_percent, "rss-bytes", self->rss_bytes, "threads", self->threads,
                "open-files", self->open_files, "alive", !ended, NULL);
  if (process->started_us == 0)
    g_object_set (process, "started-us", flatline_proc_boot_time_us () + flatline_proc_ticks_to_us (self->start_ticks),
                  NULL);
  /* A process that ends loses its arguments first; the last known ones stay in view. */
  if (self->command_line)
    g_object_set (process, "command-line", self->command_line, NULL);
  if (self->python_version)
    g_object_set (process, "python-version", self->python_version, NULL);
  /* 0 may also mean that we are not allowed to know. */
  if (ended && !process->exit_text && self->exit_code != 0)
    {
      g_autofree char *text =
          flatline_process_dup_exit_text (WEXITSTATUS (self->exit_code), WTERMSIG (self->exit_code));
      g_object_set (process, "exit-text", text, NULL);
    }
  g_object_thaw_notify (G_OBJECT (process));
}
