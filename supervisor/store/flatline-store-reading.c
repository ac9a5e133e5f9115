/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStore, read: each question takes a connection of its own, kept for the next one, so that nobody waits for the
 * writer. What is deleted by hand or pruned at once goes this way, too.
 */
#include "flatline-store-beats.h"
#include "flatline-store-listing.h"
#include "flatline-store-private.h"
#include "flatline-store-pruning.h"

#define MAX_IDLE_READERS    4
#define DECISION_TIMEOUT_MS 8000

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

static void
on_cancelled (GCancellable *cancellable, gpointer reader)
{
  flatline_database_abort (reader);
}

/*
 * One question over @reader, which is kept for the next one, or closed. *@stale: it was good for nothing. A search
 * through a million texts ends at once when nobody waits for it any more.
 */
static gpointer
ask_once (
    FlatlineStore *self, FlatlineDatabase *reader, AskFunc func, Question *question, gboolean *stale, GError **error)
{
  GCancellable *cancellable = g_cancellable_get_current ();
  gulong handler = cancellable ? g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), reader, NULL) : 0;
  g_autoptr (GError) why = NULL;
  gpointer answer = func (reader, question, &why);
  gboolean is_cut;

  g_cancellable_disconnect (cancellable, handler);
  is_cut = g_cancellable_is_cancelled (cancellable);
  *stale = is_over (why) && !is_cut;
  if (is_over (why) || is_cut)
    flatline_database_close (reader);
  else
    give_back_reader (self, reader);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return answer;
}

static gpointer
ask (FlatlineStore *self, AskFunc func, Question *question, GError **error)
{
  FlatlineDatabase *reader = take_idle_reader (self);
  g_autoptr (GError) why = NULL;
  gboolean stale = TRUE;
  gpointer answer = NULL;

  if (reader)
    answer = ask_once (self, reader, func, question, &stale, &why);
  /* A kept connection may have gone stale: then once more, with a new one. */
  if (stale)
    {
      g_clear_error (&why);
      reader = open_reader (self, &why);
      if (reader)
        answer = ask_once (self, reader, func, question, &stale, &why);
    }
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
    flatline_store_announce (self, NULL);
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
    flatline_store_announce (self, NULL);
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
