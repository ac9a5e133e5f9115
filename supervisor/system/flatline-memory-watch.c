/* SPDX-License-Identifier: MIT */
/*
 * Sources: proc(5), the kernel's Documentation/admin-guide/cgroup-v2.rst (memory.events: a kill counts in the group of
 * the victim, whoever's limit it was) and cgroup-v1/memory.rst (memory.oom_control),
 * Documentation/ABI/testing/dev-kmsg.
 */
#include "flatline-memory-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RECORD_BYTES 8192
#define MAX_RECORDS      100000
#define MAX_KIB          (G_MAXINT64 / 1024)
#define NO_LIMIT_BYTES   (G_GINT64_CONSTANT (1) << 60) /* version 1 writes a huge number for no limit */

struct _FlatlineMemoryWatch
{
  gint64 pid;
  char *counter_file;
  char *limit_file;
  gint64 n_kills_before;
  gint64 rss_bytes; /* 0 unknown */
  gint64 available_bytes;
  gint64 looked_us;
  int kernel_log;
};

/* The number after @word in @text, -1 when it is not there. */
static gint64
find_number (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *line = text; line && *line; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, word, length) == 0 && (line[length] == ' ' || line[length] == ':'))
        return g_ascii_strtoll (line + length + 1, NULL, 10);
    }
  return -1;
}

static gint64
read_number (const char *file, const char *word)
{
  g_autofree char *text = NULL;

  return file && g_file_get_contents (file, &text, NULL, NULL) ? find_number (text, word) : -1;
}

/* @folder or, where a container sees its own group as the root, the mount point itself. */
static gboolean
use_group (FlatlineMemoryWatch *self, const char *mount, const char *group, const char *counter, const char *limit)
{
  const char *const groups[] = { group, "/" };

  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *file = g_build_filename (mount, groups[i], counter, NULL);

      if (read_number (file, "oom_kill") < 0)
        continue;
      g_free (self->limit_file);
      self->limit_file = g_build_filename (mount, groups[i], limit, NULL);
      g_free (self->counter_file);
      self->counter_file = g_steal_pointer (&file);
      return TRUE;
    }
  return FALSE;
}

static gboolean
lists_memory (const char *controllers)
{
  g_auto (GStrv) names = g_strsplit (controllers, ",", -1);

  return g_strv_contains ((const char *const *)names, "memory");
}

/* Lines of /proc/PID/cgroup: "0::/path", "4:memory:/path". */
static void
find_group (FlatlineMemoryWatch *self)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cgroup", self->pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, ":", 3);

      if (g_strv_length (words) != 3)
        continue;
      if (lists_memory (words[1])
          && use_group (self, "/sys/fs/cgroup/memory", words[2], "memory.oom_control", "memory.limit_in_bytes"))
        return;
      if (*words[1] == '\0' && use_group (self, "/sys/fs/cgroup", words[2], "memory.events", "memory.max"))
        return;
    }
}

FlatlineMemoryWatch *
flatline_memory_watch_new (gint64 pid)
{
  FlatlineMemoryWatch *self = g_new0 (FlatlineMemoryWatch, 1);

  self->pid = pid;
  self->kernel_log = open ("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (self->kernel_log >= 0)
    lseek (self->kernel_log, 0, SEEK_END);
  flatline_memory_watch_look (self);
  return self;
}

void
flatline_memory_watch_free (FlatlineMemoryWatch *self)
{
  if (self->kernel_log >= 0)
    close (self->kernel_log);
  g_free (self->counter_file);
  g_free (self->limit_file);
  g_free (self);
}

/* A process may have been moved into another group, by itself or by who started it. */
static void
look_at_group (FlatlineMemoryWatch *self)
{
  g_autofree char *before = g_strdup (self->counter_file);

  find_group (self);
  if (self->counter_file && g_strcmp0 (before, self->counter_file) != 0)
    self->n_kills_before = read_number (self->counter_file, "oom_kill");
}

void
flatline_memory_watch_look (FlatlineMemoryWatch *self)
{
  g_autofree char *status = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", self->pid);
  gint64 rss_kib = read_number (status, "VmRSS");
  gint64 available_kib;

  if (rss_kib <= 0)
    return;
  available_kib = read_number ("/proc/meminfo", "MemAvailable");
  self->rss_bytes = MIN (rss_kib, MAX_KIB) * 1024;
  self->available_bytes = CLAMP (available_kib, 0, MAX_KIB) * 1024;
  self->looked_us = g_get_monotonic_time ();
  look_at_group (self);
}

static void
add_fact (GListStore *facts, const char *source, char *fact)
{
  g_autoptr (FlatlineEvidence) evidence = g_object_new (FLATLINE_TYPE_EVIDENCE, "fact", fact, "source", source, NULL);

  g_list_store_append (facts, evidence);
  g_free (fact);
}

/* The record of the kernel's log that names the victim; transfer full, NULL. */
static char *
find_in_kernel_log (FlatlineMemoryWatch *self)
{
  g_autofree char *words = g_strdup_printf ("Killed process %" G_GINT64_FORMAT " ", self->pid);
  char record[MAX_RECORD_BYTES];

  for (guint i = 0; self->kernel_log >= 0 && i < MAX_RECORDS; i++)
    {
      gssize n = read (self->kernel_log, record, sizeof record - 1);
      char *text;

      if (n < 0 && (errno == EPIPE || errno == EINTR))
        continue; /* records were lost: it goes on with the next that is there */
      if (n <= 0)
        break;
      record[n] = '\0';
      text = strchr (record, ';');
      if (!text || !strstr (text, words))
        continue;
      text[strcspn (text, "\n")] = '\0';
      return g_strdup (text + 1);
    }
  return NULL;
}

static gint64
read_limit (FlatlineMemoryWatch *self)
{
  g_autofree char *text = NULL;
  gint64 limit;

  if (!self->limit_file || !g_file_get_contents (self->limit_file, &text, NULL, NULL))
    return 0;
  limit = g_ascii_strtoll (text, NULL, 10);
  return limit < NO_LIMIT_BYTES ? limit : 0;
}

static void
add_use (FlatlineMemoryWatch *self, GListStore *facts, gint64 peak_bytes)
{
  g_autofree char *source = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", self->pid);
  g_autofree char *size = g_format_size_full (self->rss_bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *free_size = g_format_size_full (self->available_bytes, G_FORMAT_SIZE_IEC_UNITS);

  if (peak_bytes > 0)
    {
      g_autofree char *peak = g_format_size_full (peak_bytes, G_FORMAT_SIZE_IEC_UNITS);

      add_fact (facts, "wait4()", g_strdup_printf (_ ("It had %s of memory at most"), peak));
    }
  if (self->rss_bytes > 0)
    add_fact (facts, source,
              g_strdup_printf (/* Translators: seconds, an amount of memory, another */
                               _ ("%.1f s before its end was seen it had %s of memory; the machine had %s left"),
                               (g_get_monotonic_time () - self->looked_us) / (double)G_USEC_PER_SEC, size, free_size));
}

static gboolean
add_count (FlatlineMemoryWatch *self, GListStore *facts)
{
  gint64 n_kills = read_number (self->counter_file, "oom_kill");

  if (n_kills < 0 || n_kills <= self->n_kills_before)
    return FALSE;
  add_fact (
      facts, self->counter_file,
      g_strdup_printf (_ ("The kernel’s count of processes killed for want of memory, in the control group of this "
                          "program, went from %" PRId64 " to %" PRId64),
                       self->n_kills_before, n_kills));
  return TRUE;
}

GListStore *
flatline_memory_watch_tell (FlatlineMemoryWatch *self, gint64 peak_bytes, const char **killer)
{
  GListStore *facts = g_list_store_new (FLATLINE_TYPE_EVIDENCE);
  g_autofree char *line = find_in_kernel_log (self);
  gint64 limit = read_limit (self);
  gboolean was_counted = add_count (self, facts);

  *killer = NULL;
  if (was_counted || line)
    *killer = line        ? (strstr (line, "Memory cgroup") ? "memory-limit" : "memory")
              : limit > 0 ? "memory-limit"
                          : "memory";
  if (line)
    add_fact (facts, "/dev/kmsg", g_steal_pointer (&line));
  if (*killer && limit > 0)
    {
      g_autofree char *size = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);

      add_fact (facts, self->limit_file, g_strdup_printf (_ ("The memory limit of its control group is %s"), size));
    }
  add_use (self, facts, peak_bytes);
  if (!*killer)
    add_fact (facts, self->counter_file ? self->counter_file : _ ("the kernel"),
              g_strdup (_ ("Nothing says that memory ran out: a person or another program sent the signal")));
  return facts;
}
