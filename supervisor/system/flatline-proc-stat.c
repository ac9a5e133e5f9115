/* SPDX-License-Identifier: MIT */
/*
 * The stat line of a process or thread, proc(5). The second field is the name in parentheses and may itself hold spaces
 * and parentheses, so the line is cut at the last one. Reads use one buffer on the stack: a refresh looks at every
 * process of the machine and must stay cheap.
 */
#include "flatline-proc-stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More than any kernel counts, and ticks and pages beyond it could not be told in microseconds and bytes. */
#define MAX_NUMBER (G_GINT64_CONSTANT (1) << 44)

/* Field numbers as in proc(5), which counts from 1; the first after the name is 3. */
enum
{
  FIELD_PPID = 4,
  FIELD_GROUP = 5,
  FIELD_SESSION = 6,
  FIELD_TERMINAL = 7,
  FIELD_FLAGS = 9,
  FIELD_USER_TICKS = 14,
  FIELD_SYSTEM_TICKS = 15,
  FIELD_THREADS = 20,
  FIELD_START_TICKS = 22,
  FIELD_RSS_PAGES = 24,
  FIELD_EXIT_CODE = 52,
};

/* @at_once: what does not fill the buffer is all there is. */
static gssize
read_file (int folder, const char *name, gboolean at_once, char *buffer, gsize size)
{
  gsize length = 0;
  int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

  if (fd < 0)
    return -1;
  while (length < size - 1)
    {
      gssize n = read (fd, buffer + length, size - 1 - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && length == 0)
        {
          close (fd);
          return -1;
        }
      if (n <= 0)
        break;
      length += n;
      if (at_once)
        break;
    }
  close (fd);
  buffer[length] = '\0';
  return length;
}

gssize
flatline_proc_read_file (const char *path, char *buffer, gsize size)
{
  return read_file (AT_FDCWD, path, FALSE, buffer, size);
}

gssize
flatline_proc_read_file_in (int folder, const char *name, char *buffer, gsize size)
{
  return read_file (folder, name, TRUE, buffer, size);
}

gboolean
flatline_proc_parse_pid (const char *name, gint64 *pid)
{
  gint64 number = 0;

  if (!g_ascii_isdigit (*name))
    return FALSE;
  for (const char *c = name; *c; c++)
    {
      if (!g_ascii_isdigit (*c) || c - name > 10)
        return FALSE;
      number = number * 10 + (*c - '0');
    }
  *pid = number;
  return TRUE;
}

static void
store_field (FlatlineProcStat *stat, int field, gint64 number)
{
  switch (field)
    {
    case FIELD_PPID:
      stat->ppid = number;
      break;
    case FIELD_GROUP:
      stat->group = number;
      break;
    case FIELD_SESSION:
      stat->session = number;
      break;
    case FIELD_TERMINAL:
      stat->terminal = number;
      break;
    case FIELD_FLAGS:
      stat->flags = number;
      break;
    case FIELD_USER_TICKS:
    case FIELD_SYSTEM_TICKS:
      stat->cpu_ticks += number;
      break;
    case FIELD_THREADS:
      stat->threads = number;
      break;
    case FIELD_START_TICKS:
      stat->start_ticks = number;
      break;
    case FIELD_RSS_PAGES:
      stat->rss_pages = number;
      break;
    case FIELD_EXIT_CODE:
      stat->exit_code = (int)number;
      break;
    default:
      break;
    }
}

gboolean
flatline_proc_stat_parse (const char *text, FlatlineProcStat *stat)
{
  const char *open_parenthesis = strchr (text, '(');
  const char *close_parenthesis = strrchr (text, ')');
  const char *next;
  int field = 4;

  memset (stat, 0, sizeof *stat);
  if (!open_parenthesis || !close_parenthesis || close_parenthesis < open_parenthesis)
    return FALSE;
  if (close_parenthesis[1] != ' ' || close_parenthesis[2] == '\0')
    return FALSE;
  stat->pid = g_ascii_strtoll (text, NULL, 10);
  g_strlcpy (stat->comm, open_parenthesis + 1, MIN (sizeof stat->comm, (gsize)(close_parenthesis - open_parenthesis)));
  stat->state = close_parenthesis[2];
  next = close_parenthesis + 3;
  while (field <= FIELD_EXIT_CODE)
    {
      char *end;
      gint64 number = g_ascii_strtoll (next, &end, 10);

      if (end == next)
        break;
      store_field (stat, field++, CLAMP (number, -MAX_NUMBER, MAX_NUMBER));
      next = end;
    }
  return field > FIELD_RSS_PAGES;
}

static gboolean
read_stat_file (int folder, const char *path, FlatlineProcStat *stat)
{
  char text[1024];

  return flatline_proc_read_file_in (folder, path, text, sizeof text) > 0 && flatline_proc_stat_parse (text, stat);
}

gboolean
flatline_proc_stat_read_in (int folder, FlatlineProcStat *stat)
{
  return read_stat_file (folder, "stat", stat);
}

gboolean
flatline_proc_stat_read (gint64 pid, FlatlineProcStat *stat)
{
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/stat", pid);
  return read_stat_file (AT_FDCWD, path, stat);
}

gboolean
flatline_proc_stat_read_thread (gint64 pid, gint64 tid, FlatlineProcStat *stat)
{
  char path[96];

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/stat", pid, tid);
  return read_stat_file (AT_FDCWD, path, stat);
}

gint64
flatline_proc_ticks_to_us (gint64 ticks)
{
  static long ticks_per_second = 0;

  if (ticks_per_second == 0)
    ticks_per_second = MAX (sysconf (_SC_CLK_TCK), 1);
  return ticks * (G_USEC_PER_SEC / ticks_per_second);
}

gint64
flatline_proc_boot_time_us (void)
{
  static gsize boot_seconds = 0;

  if (g_once_init_enter (&boot_seconds))
    {
      g_autofree char *text = NULL;
      gsize seconds = 1;

      if (g_file_get_contents ("/proc/stat", &text, NULL, NULL))
        {
          const char *line = strstr (text, "\nbtime ");

          if (line)
            seconds = MAX (g_ascii_strtoull (line + strlen ("\nbtime "), NULL, 10), 1);
        }
      g_once_init_leave (&boot_seconds, seconds);
    }
  return (gint64)boot_seconds * G_USEC_PER_SEC;
}
