/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStore: writers hand their records to FlatlineStoreWriter. What it says of itself becomes a signal in the
 * thread that opened the store.
 */
#include "flatline-store-private.h"

G_DEFINE_QUARK (flatline - store - error, flatline_store_error)
G_DEFINE_FINAL_TYPE (FlatlineStore, flatline_store, G_TYPE_OBJECT)

/* What a thread has to say. It does not keep the store alive. */
typedef struct
{
  GWeakRef store;
  char *line; /* NULL: freezes-changed */
} Announcement;

static void
announcement_free (gpointer data)
{
  Announcement *announcement = data;

  g_weak_ref_clear (&announcement->store);
  g_free (announcement->line);
  g_free (announcement);
}

static gboolean
emit_announcement (gpointer data)
{
  Announcement *announcement = data;
  g_autoptr (FlatlineStore) store = g_weak_ref_get (&announcement->store);

  if (store && announcement->line)
    g_signal_emit_by_name (store, "trouble", announcement->line);
  else if (store)
    g_signal_emit_by_name (store, "freezes-changed");
  return G_SOURCE_REMOVE;
}

void
flatline_store_announce (FlatlineStore *self, const char *line)
{
  Announcement *announcement = g_new0 (Announcement, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_weak_ref_init (&announcement->store, self);
  announcement->line = g_strdup (line);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_announcement, announcement, announcement_free);
  g_source_attach (source, self->context);
}

static void
on_trouble (const char *line, gpointer self)
{
  flatline_store_announce (self, line);
}

static void
on_freezes_changed (gpointer self)
{
  flatline_store_announce (self, NULL);
}

static void
on_fell_back (gpointer data)
{
  FlatlineStore *self = data;

  g_mutex_lock (&self->mutex);
  self->fell_back = TRUE;
  g_mutex_unlock (&self->mutex);
}

static const FlatlineStoreWriterEvents writer_events = { on_trouble, on_freezes_changed, on_fell_back };

/* The writer speaks to the end, of an object that must be whole for that. */
static void
flatline_store_dispose (GObject *object)
{
  FlatlineStore *self = FLATLINE_STORE (object);

  g_clear_pointer (&self->writer, flatline_store_writer_free);
  G_OBJECT_CLASS (flatline_store_parent_class)->dispose (object);
}

static void
flatline_store_finalize (GObject *object)
{
  FlatlineStore *self = FLATLINE_STORE (object);

  g_ptr_array_unref (self->idle_readers);
  g_clear_pointer (&self->place, flatline_store_place_free);
  g_clear_pointer (&self->fallback, flatline_store_place_free);
  g_clear_pointer (&self->run_uid, g_ref_string_release);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (flatline_store_parent_class)->finalize (object);
}

static void
flatline_store_class_init (FlatlineStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_store_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_store_finalize;
  g_signal_new ("freezes-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("trouble", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_STRING);
}

static void
flatline_store_init (FlatlineStore *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->idle_readers = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_database_close);
  g_mutex_init (&self->mutex);
}

/* Beside the file, or the one that takes the server's place; one for each place there is. */
static char *
dup_spool_folder (FlatlineStorePlace *place, const char *file)
{
  g_autofree char *hash = flatline_store_place_dup_hash (place);
  g_autofree char *folder = g_path_get_dirname (file);

  return g_build_filename (folder, "spool", hash, NULL);
}

FlatlineStore *
flatline_store_open_sqlite (const char *file, GError **error)
{
  FlatlineStorePlace *place = flatline_store_place_new_file (file);
  FlatlineDatabase *database = flatline_store_place_open_for_writing (place, error);
  g_autofree char *spool_folder = NULL;
  g_autofree char *news = NULL;
  FlatlineStore *self;

  if (!database)
    {
      flatline_store_place_free (place);
      return NULL;
    }
  self = g_object_new (FLATLINE_TYPE_STORE, NULL);
  self->place = place;
  spool_folder = dup_spool_folder (place, place->file);
  self->writer = flatline_store_writer_new_for_file (database, spool_folder, &writer_events, self);
  news = flatline_store_place_take_news (place);
  if (news)
    flatline_store_announce (self, news);
  return self;
}

FlatlineStore *
flatline_store_open_server (const FlatlineServer *server, const char *fallback_file)
{
  FlatlineStore *self = g_object_new (FLATLINE_TYPE_STORE, NULL);
  g_autofree char *spool_folder = NULL;

  self->place = flatline_store_place_new_server (server);
  self->fallback = flatline_store_place_new_file (fallback_file);
  spool_folder = dup_spool_folder (self->place, self->fallback->file);
  self->writer = flatline_store_writer_new_for_server (server, flatline_store_place_new_file (self->fallback->file),
                                                       spool_folder, &writer_events, self);
  return self;
}

gboolean
flatline_store_wait_for_server (FlatlineStore *self, guint timeout_ms)
{
  return flatline_store_queue_wait_for_decision (flatline_store_writer_get_queue (self->writer), timeout_ms);
}

gboolean
flatline_store_is_makeshift (FlatlineStore *self)
{
  return self->place->is_makeshift;
}

guint64
flatline_store_count_spooled (FlatlineStore *self)
{
  return flatline_store_queue_count_spooled (flatline_store_writer_get_queue (self->writer));
}

/* Writers */

static void
queue (FlatlineStore *self,
       FlatlineStoreJobKind kind,
       const char *run_uid,
       gpointer record, /* transfer full */
       FlatlineSnapshot *snapshot)
{
  FlatlineStoreJob job = { .kind = kind, .record = record };

  job.run_uid = run_uid ? g_ref_string_new (run_uid) : NULL;
  job.snapshot = snapshot ? g_object_ref (snapshot) : NULL;
  flatline_store_queue_push (flatline_store_writer_get_queue (self->writer), job);
}

/* Runs and freezes go on changing in the session that owns them: copies are written. */
void
flatline_store_add_run (FlatlineStore *self, FlatlineRun *run)
{
  queue (self, FLATLINE_STORE_ADD_RUN, run->uid, flatline_record_copy (run), NULL);
}

void
flatline_store_end_run (FlatlineStore *self, FlatlineRun *run)
{
  queue (self, FLATLINE_STORE_END_RUN, run->uid, flatline_record_copy (run), NULL);
}

void
flatline_store_add_beat (FlatlineStore *self, const char *run_uid, FlatlineBeat *beat)
{
  FlatlineStoreJob job = { .kind = FLATLINE_STORE_ADD_BEAT, .record = g_object_ref (FLATLINE_RECORD (beat)) };

  /* Thousands of beats share one text. */
  if (!self->run_uid || g_strcmp0 (self->run_uid, run_uid) != 0)
    {
      g_clear_pointer (&self->run_uid, g_ref_string_release);
      self->run_uid = run_uid ? g_ref_string_new (run_uid) : NULL;
    }
  job.run_uid = self->run_uid ? g_ref_string_acquire (self->run_uid) : NULL;
  job.seq = self->next_seq++;
  flatline_store_queue_push (flatline_store_writer_get_queue (self->writer), job);
}

void
flatline_store_add_freeze (FlatlineStore *self, const char *run_uid, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  queue (self, FLATLINE_STORE_ADD_FREEZE, run_uid, flatline_record_copy (freeze), snapshot);
}

void
flatline_store_update_freeze (FlatlineStore *self, FlatlineFreeze *freeze)
{
  queue (self, FLATLINE_STORE_UPDATE_FREEZE, NULL, flatline_record_copy (freeze), NULL);
}

gboolean
flatline_store_flush (FlatlineStore *self, guint timeout_ms)
{
  return flatline_store_queue_flush (flatline_store_writer_get_queue (self->writer), timeout_ms);
}
