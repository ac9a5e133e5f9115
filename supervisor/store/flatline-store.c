/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStore: writers hand their records to FlatlineStoreWriter; readers take a connection of their own, kept for
 * the next one, so they never wait for the writer. What either says of itself becomes a signal in the thread that
 * opened the store.
 */
#include "flatline-store.h"

#include "flatline-store-beats.h"
#include "flatline-store-listing.h"
#include "flatline-store-place.h"
#include "flatline-store-pruning.h"
#include "flatline-store-writer.h"

#define MAX_IDLE_READERS    4
#define DECISION_TIMEOUT_MS 8000

struct _FlatlineStore
{
  GObject parent_instance;
  FlatlineStoreWriter *writer;
  GMainContext *context; /* where signals are emitted */

  GMutex mutex;
  FlatlineStorePlace *place;
  FlatlineStorePlace *fallback;      /* NULL: a file */
  gboolean fell_back;                /* the writer did: the server may still do for reading */
  FlatlineStorePlace *reading_place; /* which of the two then, once it is known */
  GPtrArray *idle_readers;
  gint64 next_seq;
  char *run_uid; /* GRefString of the last beat */
};

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

static void
announce (FlatlineStore *self, const char *line)
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
  announce (self, line);
}

static void
on_freezes_changed (gpointer self)
{
  announce (self, NULL);
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
    announce (self, news);
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

/* Readers */

static FlatlineDatabase *
take_idle_reader (FlatlineStore *self)
{
  FlatlineDatabase *reader = NULL;

  g_mutex_lock (&self->mutex);
  if (self->idle_readers->len > 0)
    reader = g_ptr_array_steal_index (self->idle_readers, self->idle_readers->len - 1);
  g_mutex_unlock (&self->mutex);
  return reader;
}

static void
give_back_reader (FlatlineStore *self, FlatlineDatabase *reader)
{
  g_mutex_lock (&self->mutex);
  if (self->idle_readers->len < MAX_IDLE_READERS)
    g_ptr_array_add (self->idle_readers, g_steal_pointer (&reader));
  g_mutex_unlock (&self->mutex);
  flatline_database_close (reader);
}

/*
 * The writer gave the server up. For a user who may only read, it is still worth reading: tried once, and settled by
 * what comes of it.
 */
static FlatlineStorePlace *
choose_place (FlatlineStore *self, FlatlineDatabase **reader)
{
  FlatlineStorePlace *place;
  gboolean undecided;

  g_mutex_lock (&self->mutex);
  undecided = self->fell_back && !self->reading_place;
  place = self->reading_place ? self->reading_place : self->place;
  g_mutex_unlock (&self->mutex);
  if (!undecided)
    return place;
  *reader = flatline_store_place_open_for_reading (self->place, NULL);
  g_mutex_lock (&self->mutex);
  self->reading_place = place = *reader ? self->place : self->fallback;
  g_mutex_unlock (&self->mutex);
  return place;
}

static FlatlineDatabase *
open_reader (FlatlineStore *self, GError **error)
{
  FlatlineDatabase *reader = NULL;
  FlatlineStorePlace *place;

  /* Of a file: until it is known which of its runs nobody ends any more. */
  flatline_store_queue_wait_for_decision (flatline_store_writer_get_queue (self->writer), DECISION_TIMEOUT_MS);
  place = choose_place (self, &reader);
  return reader ? reader : flatline_store_place_open_for_reading (place, error);
}

/* What is asked, for ask(). */
typedef struct
{
  FlatlineStoreFilter filter;
  gint64 id, from_us, to_us;
  const char *run_uid;
  guint limit;
  FlatlineStorePruning *pruning;
  gint64 number; /* an answer */
} Question;

typedef gpointer (*AskFunc) (FlatlineDatabase *database, Question *question, GError **error);

/* The connection is good for nothing more: the server dropped it, or the file was set aside. */
static gboolean
is_over (const GError *error)
{
  return g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY)
         || g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_DAMAGED);
}

/* A kept connection may have gone stale: then once more, with a new one. */
static gpointer
ask (FlatlineStore *self, AskFunc func, Question *question, GError **error)
{
  g_autoptr (GError) why = NULL;
  FlatlineDatabase *reader = take_idle_reader (self);
  gpointer answer;

  if (reader)
    {
      answer = func (reader, question, &why);
      if (!is_over (why))
        {
          give_back_reader (self, reader);
          if (why)
            g_propagate_error (error, g_steal_pointer (&why));
          return answer;
        }
      flatline_database_close (reader);
      g_clear_error (&why);
    }
  reader = open_reader (self, error);
  if (!reader)
    return NULL;
  answer = func (reader, question, &why);
  if (is_over (why))
    flatline_database_close (reader);
  else
    give_back_reader (self, reader);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return answer;
}

static gpointer
ask_runs (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_listing_runs (database, &question->filter, error);
}

GPtrArray *
flatline_store_list_runs (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error)
{
  Question question = { 0 };

  if (filter)
    question.filter = *filter;
  return ask (self, ask_runs, &question, error);
}

static gpointer
ask_freezes (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_listing_freezes (database, &question->filter, error);
}

GPtrArray *
flatline_store_list_freezes (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error)
{
  Question question = { 0 };

  if (filter)
    question.filter = *filter;
  return ask (self, ask_freezes, &question, error);
}

static gpointer
ask_beats (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_beats_list (database, question->id, question->run_uid, question->from_us, question->to_us,
                                    question->limit, error);
}

GPtrArray *
flatline_store_list_beats (
    FlatlineStore *self, gint64 run_id, const char *run_uid, gint64 from_us, gint64 to_us, guint limit, GError **error)
{
  Question question = { .id = run_id, .run_uid = run_uid, .from_us = from_us, .to_us = to_us, .limit = limit };

  return ask (self, ask_beats, &question, error);
}

static gpointer
ask_groups (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_listing_groups (database, &question->filter, error);
}

GPtrArray *
flatline_store_list_groups (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error)
{
  Question question = { 0 };

  if (filter)
    question.filter = *filter;
  return ask (self, ask_groups, &question, error);
}

static gpointer
ask_beat_marks (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_beats_list_marks (database, question->run_uid, question->from_us, question->to_us,
                                          question->limit, error);
}

GPtrArray *
flatline_store_list_beat_marks (
    FlatlineStore *self, const char *run_uid, gint64 from_us, gint64 to_us, guint n_spans, GError **error)
{
  Question question = { .run_uid = run_uid, .from_us = from_us, .to_us = to_us, .limit = n_spans };

  return ask (self, ask_beat_marks, &question, error);
}

static gpointer
ask_beat_rates (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_beats_list_rates (database, question->run_uid, question->from_us, question->to_us, error);
}

GPtrArray *
flatline_store_list_beat_rates (FlatlineStore *self, const char *run_uid, gint64 from_us, gint64 to_us, GError **error)
{
  Question question = { .run_uid = run_uid, .from_us = from_us, .to_us = to_us };

  return ask (self, ask_beat_rates, &question, error);
}

static gpointer
ask_hosts (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_listing_hosts (database, error);
}

GPtrArray *
flatline_store_list_hosts (FlatlineStore *self, GError **error)
{
  Question question = { 0 };

  return ask (self, ask_hosts, &question, error);
}

static gpointer
ask_snapshot (FlatlineDatabase *database, Question *question, GError **error)
{
  return flatline_store_listing_load_snapshot (database, question->id, error);
}

FlatlineSnapshot *
flatline_store_load_snapshot (FlatlineStore *self, gint64 freeze_id, GError **error)
{
  Question question = { .id = freeze_id };

  return ask (self, ask_snapshot, &question, error);
}

static gpointer
ask_deletion (FlatlineDatabase *database, Question *question, GError **error)
{
  return GINT_TO_POINTER (flatline_store_listing_delete_freeze (database, question->id, error));
}

gboolean
flatline_store_delete_freeze (FlatlineStore *self, gint64 freeze_id, GError **error)
{
  Question question = { .id = freeze_id };
  gboolean deleted = GPOINTER_TO_INT (ask (self, ask_deletion, &question, error));

  if (deleted)
    announce (self, NULL);
  return deleted;
}

/* The file gives back what it does not need any more. */
static gpointer
ask_pruning (FlatlineDatabase *database, Question *question, GError **error)
{
  int result;

  while ((result = flatline_store_pruning_step (question->pruning, database, error)) > 0)
    ;
  if (result == 0 && !flatline_database_is_server (database))
    return GINT_TO_POINTER (flatline_database_execute (database, "VACUUM; PRAGMA wal_checkpoint (TRUNCATE)", error));
  return GINT_TO_POINTER (result == 0);
}

gboolean
flatline_store_prune (FlatlineStore *self, const FlatlineRetention *retention, FlatlinePruned *pruned, GError **error)
{
  g_auto (FlatlineStorePruning) pruning = { .retention = *retention };
  Question question = { .pruning = &pruning };
  gboolean fine = GPOINTER_TO_INT (ask (self, ask_pruning, &question, error));

  if (pruned)
    *pruned = pruning.pruned;
  if (pruning.pruned.n_freezes > 0)
    announce (self, NULL);
  return fine;
}

void
flatline_store_set_retention (FlatlineStore *self, const FlatlineRetention *retention)
{
  flatline_store_writer_set_retention (self->writer, retention);
}

static gpointer
ask_age (FlatlineDatabase *database, Question *question, GError **error)
{
  question->number =
      flatline_store_beats_read_newest_age_us (database, question->run_uid, question->id, question->from_us, error);
  return NULL;
}

gboolean
flatline_store_has_clock (FlatlineStore *self)
{
  gboolean has_clock;

  g_mutex_lock (&self->mutex);
  has_clock = self->place->server && !self->fell_back;
  g_mutex_unlock (&self->mutex);
  return has_clock;
}

gint64
flatline_store_read_newest_beat_age_us (
    FlatlineStore *self, const char *run_uid, gint64 pid, gint64 since_us, GError **error)
{
  Question question = { .run_uid = run_uid, .id = pid, .from_us = since_us, .number = -1 };

  ask (self, ask_age, &question, error);
  return question.number;
}
