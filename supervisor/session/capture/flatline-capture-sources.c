/* SPDX-License-Identifier: MIT */
/*
 * The source files that a snapshot's frames were made of, as the process sees them, or this machine for a core: each
 * once, with limits for one and for all together.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-mounts.h"
#include "flatline-true-path.h"
#include "flatline-unfiled-sources.h"
#include "flatline-zip-member.h"

#include <glib/gi18n.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SOURCE_BYTES  (1024 * 1024)
#define MAX_SOURCES_BYTES (8 * 1024 * 1024)

char *
flatline_capture_read_file (const char *path, gsize limit, gsize *length, struct stat *status)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree char *text = NULL;
  gssize n;

  if (fd < 0)
    return NULL;
  if (fstat (fd, status) == 0 && S_ISREG (status->st_mode))
    {
      text = g_malloc (limit);
      for (*length = 0; *length < limit; *length += n)
        {
          n = read (fd, text + *length, limit - *length);
          if (n <= 0)
            break;
        }
    }
  close (fd);
  return g_steal_pointer (&text);
}

/* Of a file in an archive, which is where a folder should be. */
static char *
read_archived (const char *path, const char *base, gsize limit, gsize *length, gboolean *truncated, struct stat *status)
{
  g_autofree char *archive = g_strdup (path);
  char *slash;

  while ((slash = strrchr (archive, '/')) && slash > archive + strlen (base))
    {
      g_autofree char *text = NULL;
      int fd;

      *slash = '\0';
      if (stat (archive, status) != 0)
        continue;
      fd = S_ISREG (status->st_mode) ? open (archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
      if (fd < 0)
        return NULL;
      text = flatline_zip_member_read (fd, path + (slash - archive) + 1, limit, length, truncated);
      close (fd);
      return g_steal_pointer (&text);
    }
  return NULL;
}

/* Appends the source of one file; returns how many bytes of it were kept. */
static gsize
add_source (FlatlineSnapshot *snapshot, gint64 pid, const char *file, gsize limit)
{
  const gboolean is_absolute = g_path_is_absolute (file);
  g_autofree char *base = pid == 0
                              ? g_strdup (is_absolute ? "" : ".")
                              : g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/%s", pid, is_absolute ? "root" : "cwd");
  g_autofree char *path = g_strdup_printf ("%s%s%s", base, is_absolute ? "" : "/", file);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  FlatlineSourceFile *source;
  gboolean truncated = FALSE;
  struct stat status;
  gsize length = 0;

  if (pid && !flatline_file_answers (pid, file, &error))
    {
      flatline_snapshot_add_note (snapshot, error->message);
      return 0;
    }
  text = flatline_capture_read_file (path, limit, &length, &status);
  if (!text)
    {
      g_autofree char *below = g_strdup_printf ("%s%s", base, is_absolute ? "" : "/");
      g_autofree char *found = flatline_true_path_dup (below, file);

      if (!g_str_equal (found, path))
        text = flatline_capture_read_file (found, limit, &length, &status);
    }
  if (text)
    truncated = (goffset)length < status.st_size;
  else
    text = read_archived (path, base, limit, &length, &truncated, &status);
  if (!text)
    return 0;
  if (pid == 0 && status.st_mtim.tv_sec * G_USEC_PER_SEC > snapshot->captured_us)
    {
      g_autofree char *note = g_strdup_printf (_ ("%s has changed since and is not shown"), file);

      flatline_snapshot_add_note (snapshot, note);
      return 0;
    }
  source = g_object_new (FLATLINE_TYPE_SOURCE_FILE, NULL);
  source->file = g_strdup (file);
  source->text = g_utf8_make_valid (text, length);
  source->modified_us = status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
  source->truncated = truncated;
  flatline_list_append (&snapshot->sources, source);
  return length;
}

/* @pid 0: of a core, the files of this machine. */
static void
add_sources_of_frames (FlatlineSnapshot *snapshot, GListStore *frames, gint64 pid, GHashTable *seen, gsize *total)
{
  for (guint i = 0; i < flatline_list_length (frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i);

      if (g_strcmp0 (frame->kind, "native") == 0 || !frame->file || frame->file[0] == '<'
          || !g_hash_table_add (seen, frame->file))
        continue;
      if (*total >= MAX_SOURCES_BYTES)
        {
          flatline_snapshot_add_limit (snapshot, _ ("Not all source files were kept: together they are too large"));
          return;
        }
      *total += add_source (snapshot, pid, frame->file, MIN (MAX_SOURCE_BYTES, MAX_SOURCES_BYTES - *total));
    }
}

static void
add_sources_of (FlatlineSnapshot *snapshot, GListStore *threads, gboolean alive, GHashTable *seen, gsize *total)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);

      add_sources_of_frames (snapshot, thread->frames, alive ? thread->pid : 0, seen, total);
    }
}

static void
add_sources_of_exception (
    FlatlineSnapshot *snapshot, FlatlineExceptionInfo *exception, gint64 pid, GHashTable *seen, gsize *total)
{
  for (; exception; exception = exception->cause)
    {
      add_sources_of_frames (snapshot, exception->frames, pid, seen, total);
      for (guint i = 0; i < flatline_list_length (exception->group); i++)
        add_sources_of_exception (snapshot, flatline_list_peek (exception->group, i), pid, seen, total);
    }
}

void
flatline_capture_add_sources (FlatlineSnapshot *snapshot, gboolean alive)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gsize total = 0;

  /* Those that are in no file came with the stacks. */
  for (guint i = 0; i < flatline_list_length (snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (snapshot->sources, i);

      g_hash_table_add (seen, source->file);
      total += strlen (source->text);
    }
  add_sources_of_exception (snapshot, snapshot->exception, alive && snapshot->program ? snapshot->program->pid : 0,
                            seen, &total);
  add_sources_of (snapshot, snapshot->threads, alive, seen, &total);
  add_sources_of (snapshot, snapshot->relatives, alive, seen, &total);
  for (guint i = 0; i < flatline_list_length (snapshot->tasks); i++)
    add_sources_of_frames (snapshot, ((FlatlineTask *)flatline_list_peek (snapshot->tasks, i))->frames,
                           alive && snapshot->program ? snapshot->program->pid : 0, seen, &total);
  for (guint i = 0; i < flatline_list_length (snapshot->relative_tasks); i++)
    add_sources_of_frames (snapshot, ((FlatlineTask *)flatline_list_peek (snapshot->relative_tasks, i))->frames,
                           alive && snapshot->program ? snapshot->program->pid : 0, seen, &total);
  flatline_unfiled_sources_add (snapshot, alive);
}
