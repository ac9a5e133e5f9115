/* SPDX-License-Identifier: MIT */
/* FlatlineSnapshot: the whole document; its parts are in flatline-records.h. */
#include "flatline-snapshot.h"

#include "flatline-program-name.h"
#include "flatline-record-fields.h"

#include <string.h>
#include <sys/random.h>

/* clang-format off */
static const FlatlineField snapshot_fields[] = {
  STRING (FlatlineSnapshot, "format", format),
  INTEGER (FlatlineSnapshot, "version", version),
  STRING (FlatlineSnapshot, "uid", uid),
  STRING (FlatlineSnapshot, "run-uid", run_uid),
  STRING (FlatlineSnapshot, "reason", reason),
  INTEGER (FlatlineSnapshot, "captured-us", captured_us),
  STRING (FlatlineSnapshot, "host", host),
  RECORD (FlatlineSnapshot, "program", program, flatline_program_get_type),
  INTEGER (FlatlineSnapshot, "pause-us", pause_us),
  INTEGER (FlatlineSnapshot, "capture-us", capture_us),
  INTEGER (FlatlineSnapshot, "signal", signal),
  INTEGER (FlatlineSnapshot, "signal-thread", signal_thread),
  ADDRESS (FlatlineSnapshot, "fault-address", fault_address),
  STRING (FlatlineSnapshot, "fault-access", fault_access),
  INTEGER (FlatlineSnapshot, "signal-sender", signal_sender),
  STRV (FlatlineSnapshot, "registers", registers),
  STRV (FlatlineSnapshot, "mappings", mappings),
  STRING (FlatlineSnapshot, "way", way),
  STRING (FlatlineSnapshot, "killer", killer),
  LIST (FlatlineSnapshot, "facts", facts, flatline_evidence_get_type),
  INTEGER (FlatlineSnapshot, "exit-status", exit_status),
  STRING (FlatlineSnapshot, "phase", phase),
  RECORD (FlatlineSnapshot, "verdict", verdict, flatline_verdict_get_type),
  LIST (FlatlineSnapshot, "threads", threads, flatline_thread_get_type),
  LIST (FlatlineSnapshot, "relatives", relatives, flatline_thread_get_type),
  LIST (FlatlineSnapshot, "relative-tasks", relative_tasks, flatline_task_get_type),
  LIST (FlatlineSnapshot, "tasks", tasks, flatline_task_get_type),
  LIST (FlatlineSnapshot, "locks", locks, flatline_lock_get_type),
  LIST (FlatlineSnapshot, "processes", processes, flatline_process_get_type),
  LIST (FlatlineSnapshot, "connections", connections, flatline_connection_get_type),
  LIST (FlatlineSnapshot, "descriptors", descriptors, flatline_descriptor_get_type),
  LIST (FlatlineSnapshot, "sources", sources, flatline_source_file_get_type),
  LIST (FlatlineSnapshot, "beats", beats, flatline_beat_get_type),
  RECORD (FlatlineSnapshot, "exception", exception, flatline_exception_info_get_type),
  STRING (FlatlineSnapshot, "output-tail", output_tail),
  STRV (FlatlineSnapshot, "limits", limits),
  STRV (FlatlineSnapshot, "notes", notes),
};
/* clang-format on */

G_DEFINE_FINAL_TYPE (FlatlineSnapshot, flatline_snapshot, FLATLINE_TYPE_RECORD)

static void
flatline_snapshot_class_init (FlatlineSnapshotClass *klass)
{
  flatline_record_class_install_fields (FLATLINE_RECORD_CLASS (klass), snapshot_fields, G_N_ELEMENTS (snapshot_fields));
}

static void
flatline_snapshot_init (FlatlineSnapshot *self)
{
}

char *
flatline_new_uid (void)
{
  guint8 bytes[16];
  char *uid = g_malloc (sizeof bytes * 2 + 1);

  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("getrandom failed: no random bits to name a run with");
  for (gsize i = 0; i < sizeof bytes; i++)
    g_snprintf (uid + 2 * i, 3, "%02x", bytes[i]);
  return uid;
}

FlatlineSnapshot *
flatline_snapshot_new (const char *reason)
{
  FlatlineSnapshot *self = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);

  self->format = g_strdup (FLATLINE_SNAPSHOT_FORMAT);
  self->version = FLATLINE_SNAPSHOT_VERSION;
  self->uid = flatline_new_uid ();
  self->reason = g_strdup (reason);
  self->captured_us = g_get_real_time ();
  self->host = g_strdup (g_get_host_name ());
  return self;
}

static void
add_sentence (char ***sentences, const char *sentence)
{
  guint n = *sentences ? g_strv_length (*sentences) : 0;

  if (n > 0 && g_strv_contains ((const char *const *)*sentences, sentence))
    return;
  *sentences = g_renew (char *, *sentences, n + 2);
  (*sentences)[n] = g_strdup (sentence);
  (*sentences)[n + 1] = NULL;
}

void
flatline_snapshot_add_limit (FlatlineSnapshot *self, const char *sentence)
{
  add_sentence (&self->limits, sentence);
}

void
flatline_snapshot_add_note (FlatlineSnapshot *self, const char *sentence)
{
  add_sentence (&self->notes, sentence);
}

GHashTable *
flatline_snapshot_index_threads (FlatlineSnapshot *self)
{
  GHashTable *threads = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < flatline_list_length (self->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (self->threads, i);

      g_hash_table_insert (threads, &thread->native_id, thread);
    }
  return threads;
}

FlatlineThread *
flatline_snapshot_find_thread (FlatlineSnapshot *self, gint64 native_id)
{
  for (guint i = 0; i < flatline_list_length (self->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (self->threads, i);

      if (thread->native_id == native_id)
        return thread;
    }
  return NULL;
}

FlatlineSourceFile *
flatline_snapshot_find_source (FlatlineSnapshot *self, const char *file)
{
  for (guint i = 0; i < flatline_list_length (self->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (self->sources, i);

      if (g_strcmp0 (source->file, file) == 0)
        return source;
    }
  return NULL;
}

static gboolean
is_same_thing (gconstpointer one, gconstpointer other)
{
  const FlatlineReference *a = one, *b = other;

  return g_strcmp0 (a->kind, b->kind) == 0 && a->pid == b->pid && a->thread == b->thread && a->fd == b->fd
         && a->address == b->address && g_strcmp0 (a->file, b->file) == 0 && a->line == b->line;
}

static void
add_reference (GPtrArray *references, FlatlineReference *reference)
{
  if (reference && !g_ptr_array_find_with_equal_func (references, reference, is_same_thing, NULL))
    g_ptr_array_add (references, g_object_ref (reference));
}

GPtrArray *
flatline_verdict_list_references (FlatlineVerdict *verdict)
{
  GPtrArray *references = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < flatline_list_length (verdict->chain); i++)
    {
      FlatlineWaitLink *link = flatline_list_peek (verdict->chain, i);

      add_reference (references, link->waiter_at);
      add_reference (references, link->resource_at);
      add_reference (references, link->holder_at);
    }
  return references;
}

gboolean
flatline_snapshot_tells_of_ignored (FlatlineSnapshot *self)
{
  return g_strcmp0 (self->reason, "exception") == 0 && self->exception
         && g_strcmp0 (self->exception->context, "unraisable") == 0;
}

char *
flatline_program_dup_title (FlatlineProgram *self)
{
  return flatline_program_name_dup_of_arguments ((const char *const *)self->argv);
}

gboolean
flatline_is_same_but_masked (const char *whole, const char *masked)
{
  g_auto (GStrv) parts = NULL;
  const char *at = whole;
  guint i;

  if (!whole || !masked || !strstr (masked, FLATLINE_MASK))
    return g_strcmp0 (whole, masked) == 0;
  parts = g_strsplit (masked, FLATLINE_MASK, -1);
  if (!g_str_has_prefix (whole, parts[0]))
    return FALSE;
  at += strlen (parts[0]);
  for (i = 1; parts[i + 1]; i++)
    {
      const char *found = strstr (at, parts[i]);

      if (!found || memchr (at, '\n', found - at))
        return FALSE;
      at = found + strlen (parts[i]);
    }
  return g_str_has_suffix (at, parts[i]) && !memchr (at, '\n', strlen (at) - strlen (parts[i]));
}
