/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLogFiles: a queue of texts and one thread that writes them. Which file a line goes to is its number; files
 * are opened with the first line. The lock is flock(2) on the file itself: who comes second writes NAME-PID.log.
 */
#include "flatline-log-files.h"

#include "flatline-report-text.h"
#include "flatline-shared-reading.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX_BYTES (10 * 1024 * 1024)
#define N_ROTATED         3
#define MAX_OTHERS        64 /* that write into a folder at the same time */
#define MAX_QUEUE_BYTES   (32 * 1024 * 1024)
#define MAX_LINE_BYTES    (64 * 1024)
#define SNAPSHOT_BYTES    (1024 * 1024) /* a snapshot in the queue counts as so many */

enum
{
  STACK_TRACE_LOG,
  VARIABLES_LOG,
  ERROR_LOG,
  N_FILES,
};

static const char *const file_names[N_FILES] = { "stack_trace", "variables", "error" };

typedef struct
{
  int file; /* which; -1 ends the thread, -2 wakes a flush */
  char *text;
  gsize length;               /* of the text, or what stands for it in the queue */
  FlatlineSnapshot *snapshot; /* after the text: its @parts, put into words by the thread */
  FlatlineReportParts parts;
} Entry;

struct _FlatlineLogFiles
{
  GObject parent_instance;
  char *folder;
  char *header;
  gint64 max_bytes;      /* a file, before it is rotated */
  const char *error_log; /* the path it really has, interned; atomic, since the thread finds out */
  GString *partial[2];   /* a line that has not ended yet: stdout, stderr */
  GString *stamp;        /* of the last line */
  gint64 stamp_second;   /* UTC, of which its first so many bytes tell */
  gsize stamp_length;
  GThread *thread;
  GAsyncQueue *entries;
  int queued_bytes; /* atomic */
  int n_dropped;    /* atomic */

  /* the thread's own */
  int fds[N_FILES];
  char *paths[N_FILES];
  gboolean trouble_told;

  GMutex mutex;
  GCond flushed;
  guint64 n_flushes_done, n_flushes_asked;
};

G_DEFINE_FINAL_TYPE (FlatlineLogFiles, flatline_log_files, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->text);
  g_clear_object (&entry->snapshot);
  g_free (entry);
}

/* Something of a log could not be written: said once, supervision goes on. */
static void
tell_trouble (FlatlineLogFiles *self, const char *path)
{
  if (!self->trouble_told)
    g_printerr (_ ("flatline: the log file “%s” cannot be written: %s\n"), path, g_strerror (errno));
  self->trouble_told = TRUE;
}

static void
rotate (const char *path)
{
  for (int i = N_ROTATED; i > 1; i--)
    {
      g_autofree char *from = g_strdup_printf ("%s.%d", path, i - 1);
      g_autofree char *to = g_strdup_printf ("%s.%d", path, i);

      rename (from, to);
    }
  g_autofree char *first = g_strdup_printf ("%s.1", path);
  rename (path, first);
}

static int
open_locked (const char *path)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      return -1;
    }
  return fd;
}

static void
write_all (FlatlineLogFiles *self, int file, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize n = write (self->fds[file], text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          tell_trouble (self, self->paths[file]);
          return;
        }
      text += n;
      left -= n;
    }
}

/* Of whoever else writes into the folder meanwhile: the second one, a third in the same process. */
static char *
dup_other_path (FlatlineLogFiles *self, int file, int n)
{
  g_autofree char *number = n > 1 ? g_strdup_printf ("-%d", n) : g_strdup ("");
  g_autofree char *name = g_strdup_printf ("%s-%d%s.log", file_names[file], (int)getpid (), number);

  return g_build_filename (self->folder, name, NULL);
}

static gboolean
ensure_open (FlatlineLogFiles *self, int file)
{
  if (self->fds[file] >= 0)
    return TRUE;
  if (!self->paths[file])
    {
      g_autofree char *name = g_strdup_printf ("%s.log", file_names[file]);

      self->paths[file] = g_build_filename (self->folder, name, NULL);
    }
  self->fds[file] = open_locked (self->paths[file]);
  for (int n = 1; self->fds[file] < 0 && errno == EWOULDBLOCK && n <= MAX_OTHERS; n++)
    {
      g_free (self->paths[file]);
      self->paths[file] = dup_other_path (self, file, n);
      self->fds[file] = open_locked (self->paths[file]);
    }
  if (file == ERROR_LOG)
    g_atomic_pointer_set (&self->error_log, g_intern_string (self->paths[file]));
  if (self->fds[file] < 0)
    {
      tell_trouble (self, self->paths[file]);
      return FALSE;
    }
  write_all (self, file, self->header);
  return TRUE;
}

static void
write_entry (FlatlineLogFiles *self, Entry *entry)
{
  struct stat status;

  if (!ensure_open (self, entry->file))
    return;
  write_all (self, entry->file, entry->text);
  if (entry->snapshot)
    {
      g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();
      g_autofree char *report = flatline_report_text (entry->snapshot, entry->parts);

      write_all (self, entry->file, report);
    }
  if (fstat (self->fds[entry->file], &status) == 0 && status.st_size >= self->max_bytes)
    {
      rotate (self->paths[entry->file]);
      close (self->fds[entry->file]);
      self->fds[entry->file] = -1;
    }
}

static gpointer
run_writer (gpointer data)
{
  FlatlineLogFiles *self = data;

  while (TRUE)
    {
      Entry *entry = g_async_queue_pop (self->entries);
      int file = entry->file;

      if (file >= 0)
        {
          g_atomic_int_add (&self->queued_bytes, -(int)entry->length);
          write_entry (self, entry);
        }
      entry_free (entry);
      if (file == -2)
        {
          g_mutex_lock (&self->mutex);
          self->n_flushes_done++;
          g_cond_broadcast (&self->flushed);
          g_mutex_unlock (&self->mutex);
        }
      if (file == -1)
        return NULL;
    }
}

static int
count_lines (const char *text)
{
  int n = 0;

  while ((text = strchr (text, '\n')))
    {
      text++;
      n++;
    }
  return n;
}

static void
queue_entry (FlatlineLogFiles *self, Entry *entry /* transfer full */)
{
  if (entry->file >= 0 && g_atomic_int_get (&self->queued_bytes) + entry->length > MAX_QUEUE_BYTES)
    {
      g_atomic_int_add (&self->n_dropped, count_lines (entry->text));
      entry_free (entry);
      return;
    }
  g_atomic_int_add (&self->queued_bytes, (int)entry->length);
  g_async_queue_push (self->entries, entry);
}

static void
queue_text (FlatlineLogFiles *self, int file, char *text /* transfer full */)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->file = file;
  entry->text = text;
  entry->length = text ? strlen (text) : 0;
  queue_entry (self, entry);
}

/* What a snapshot says may be megabytes: the thread makes words of it. */
static void
queue_snapshot (
    FlatlineLogFiles *self, int file, const char *banner, FlatlineSnapshot *snapshot, FlatlineReportParts parts)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->file = file;
  entry->text = g_strdup (banner);
  entry->length = strlen (banner) + (snapshot ? SNAPSHOT_BYTES : 0);
  entry->snapshot = snapshot ? g_object_ref (snapshot) : NULL;
  entry->parts = parts;
  queue_entry (self, entry);
}

static void
flatline_log_files_finalize (GObject *object)
{
  FlatlineLogFiles *self = FLATLINE_LOG_FILES (object);

  queue_text (self, -1, NULL);
  g_thread_join (self->thread);
  g_async_queue_unref (self->entries);
  for (int i = 0; i < N_FILES; i++)
    {
      if (self->fds[i] >= 0)
        close (self->fds[i]);
      g_free (self->paths[i]);
    }
  g_string_free (self->partial[0], TRUE);
  g_string_free (self->partial[1], TRUE);
  g_string_free (self->stamp, TRUE);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->flushed);
  g_free (self->folder);
  g_free (self->header);
  G_OBJECT_CLASS (flatline_log_files_parent_class)->finalize (object);
}

static void
flatline_log_files_class_init (FlatlineLogFilesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_log_files_finalize;
}

static void
flatline_log_files_init (FlatlineLogFiles *self)
{
  self->entries = g_async_queue_new_full (entry_free);
  self->partial[0] = g_string_new (NULL);
  self->partial[1] = g_string_new (NULL);
  self->stamp = g_string_new (NULL);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->flushed);
  for (int i = 0; i < N_FILES; i++)
    self->fds[i] = -1;
}

/* The time zone is asked for once a second, which is a look at several files. Borrowed, until the next call. */
static const char *
get_stamp (FlatlineLogFiles *self)
{
  const gint64 now_us = g_get_real_time ();
  const gint64 second = now_us / G_USEC_PER_SEC;

  if (second != self->stamp_second)
    {
      g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (second);
      g_autofree char *text = g_date_time_format (now, "%Y-%m-%d %H:%M:%S.");

      g_string_assign (self->stamp, text);
      self->stamp_length = self->stamp->len;
      self->stamp_second = second;
    }
  g_string_truncate (self->stamp, self->stamp_length);
  g_string_append_printf (self->stamp, "%03d", (int)(now_us % G_USEC_PER_SEC / 1000));
  return self->stamp->str;
}

FlatlineLogFiles *
flatline_log_files_new (const char *folder, FlatlineRun *run, gint64 max_bytes)
{
  FlatlineLogFiles *self = g_object_new (FLATLINE_TYPE_LOG_FILES, NULL);
  g_autofree char *error_log = g_build_filename (folder, "error.log", NULL);
  g_autofree char *command = run->argv ? g_strjoinv (" ", run->argv) : g_strdup (run->title);

  self->folder = g_strdup (folder);
  self->header = g_strdup_printf ("\n######## %s  Flatline run %s  pid=%" G_GINT64_FORMAT "  argv=%s\n",
                                  get_stamp (self), run->uid, run->pid, command);
  self->max_bytes = max_bytes > 0 ? max_bytes : DEFAULT_MAX_BYTES;
  self->error_log = g_intern_string (error_log);
  self->thread = g_thread_new ("log-files", run_writer, self);
  return self;
}

const char *
flatline_log_files_get_error_log (FlatlineLogFiles *self)
{
  return g_atomic_pointer_get (&self->error_log);
}

static void
add_line (GString *text, const char *stamp, const char *label, const char *line, gsize length)
{
  g_string_append_printf (text, "%s [%s] ", stamp, label);
  if (g_utf8_validate_len (line, length, NULL))
    g_string_append_len (text, line, length);
  else
    {
      g_autofree char *valid = g_utf8_make_valid (line, length);

      g_string_append (text, valid);
    }
  g_string_append_c (text, '\n');
}

static void
queue_line (FlatlineLogFiles *self, const char *label, const char *line, gsize length)
{
  GString *text = g_string_new (NULL);

  add_line (text, get_stamp (self), label, line, length);
  queue_text (self, ERROR_LOG, g_string_free (text, FALSE));
}

void
flatline_log_files_add_output (FlatlineLogFiles *self, const char *stream, const char *data, gsize length)
{
  GString *partial = self->partial[strcmp (stream, "stderr") == 0];
  GString *text = g_string_new (NULL);
  const char *stamp = get_stamp (self);

  while (length > 0)
    {
      const char *end = memchr (data, '\n', length);
      gsize part = end ? (gsize)(end - data) : length;

      g_string_append_len (partial, data, part);
      if (end || partial->len >= MAX_LINE_BYTES)
        {
          gsize n = partial->len;

          if (n > 0 && partial->str[n - 1] == '\r')
            n--;
          add_line (text, stamp, stream, partial->str, n);
          g_string_set_size (partial, 0);
        }
      data += part + (end ? 1 : 0);
      length -= part + (end ? 1 : 0);
    }
  if (text->len > 0)
    queue_text (self, ERROR_LOG, g_string_free (text, FALSE));
  else
    g_string_free (text, TRUE);
}

void
flatline_log_files_add_event (FlatlineLogFiles *self, const char *line)
{
  queue_line (self, "Flatline", line, strlen (line));
}

static char *
dup_banner (FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  static const char rule[] = "================================================================";
  g_autofree char *line = flatline_report_flatlined_line (freeze);
  FlatlineVerdict *verdict = snapshot ? snapshot->verdict : NULL;

  return g_strdup_printf ("%s%s%s%s\n  SNAPSHOT  %s\n%s\n  %s\n  PID: %" G_GINT64_FORMAT "  %s\n",
                          verdict && verdict->summary ? "Verdict: " : "",
                          verdict && verdict->summary ? verdict->summary : "", verdict && verdict->summary ? "\n" : "",
                          rule, freeze->kind ? freeze->kind : "freeze", rule, line, freeze->pid,
                          freeze->cause ? freeze->cause : "");
}

void
flatline_log_files_add_freeze (FlatlineLogFiles *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  g_autofree char *banner = dup_banner (freeze, snapshot);

  queue_snapshot (self, STACK_TRACE_LOG, banner, snapshot, FLATLINE_REPORT_STACKS);
  queue_snapshot (self, VARIABLES_LOG, banner, snapshot, FLATLINE_REPORT_VARIABLES);
  queue_snapshot (self, ERROR_LOG, banner, snapshot, FLATLINE_REPORT_STACKS);
}

gboolean
flatline_log_files_flush (FlatlineLogFiles *self, guint timeout_ms)
{
  gint64 deadline_us = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  guint64 wanted;
  gboolean fine = TRUE;

  for (int i = 0; i < 2; i++)
    {
      if (self->partial[i]->len > 0)
        queue_line (self, i ? "stderr" : "stdout", self->partial[i]->str, self->partial[i]->len);
      g_string_set_size (self->partial[i], 0);
    }
  if (g_atomic_int_get (&self->n_dropped) > 0)
    {
      g_autofree char *line = g_strdup_printf ("%d lines were dropped: the disk was slower than the program",
                                               g_atomic_int_get (&self->n_dropped));
      g_atomic_int_set (&self->n_dropped, 0);
      flatline_log_files_add_event (self, line);
    }
  g_mutex_lock (&self->mutex);
  wanted = ++self->n_flushes_asked;
  queue_text (self, -2, NULL);
  while (fine && self->n_flushes_done < wanted)
    fine = g_cond_wait_until (&self->flushed, &self->mutex, deadline_us);
  g_mutex_unlock (&self->mutex);
  return fine;
}
