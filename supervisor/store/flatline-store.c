/* SPDX-License-Identifier: MIT */
/* FlatlineStore: the interface of the back ends, and the asynchronous forms of its readers. */
#include "flatline-store.h"

G_DEFINE_QUARK (flatline - store - error, flatline_store_error)
G_DEFINE_ABSTRACT_TYPE (FlatlineStore, flatline_store, G_TYPE_OBJECT)

static void
flatline_store_class_init (FlatlineStoreClass *klass)
{
  g_signal_new ("freezes-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("trouble", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_STRING);
}

static void
flatline_store_init (FlatlineStore *self)
{
}

void
flatline_store_add_run (FlatlineStore *self, FlatlineRun *run)
{
  FLATLINE_STORE_GET_CLASS (self)->add_run (self, run);
}

void
flatline_store_end_run (FlatlineStore *self, FlatlineRun *run)
{
  FLATLINE_STORE_GET_CLASS (self)->end_run (self, run);
}

void
flatline_store_add_beat (FlatlineStore *self, const char *run_uid, FlatlineBeat *beat)
{
  FLATLINE_STORE_GET_CLASS (self)->add_beat (self, run_uid, beat);
}

void
flatline_store_add_freeze (FlatlineStore *self, const char *run_uid, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot)
{
  FLATLINE_STORE_GET_CLASS (self)->add_freeze (self, run_uid, freeze, snapshot);
}

void
flatline_store_update_freeze (FlatlineStore *self, FlatlineFreeze *freeze)
{
  FLATLINE_STORE_GET_CLASS (self)->update_freeze (self, freeze);
}

gboolean
flatline_store_flush (FlatlineStore *self, guint timeout_ms)
{
  return FLATLINE_STORE_GET_CLASS (self)->flush (self, timeout_ms);
}

GPtrArray *
flatline_store_list_runs (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->list_runs (self, filter, error);
}

GPtrArray *
flatline_store_list_freezes (FlatlineStore *self, const FlatlineStoreFilter *filter, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->list_freezes (self, filter, error);
}

GPtrArray *
flatline_store_list_beats (
    FlatlineStore *self, gint64 run_id, const char *run_uid, gint64 from_us, gint64 to_us, guint limit, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->list_beats (self, run_id, run_uid, from_us, to_us, limit, error);
}

FlatlineSnapshot *
flatline_store_load_snapshot (FlatlineStore *self, gint64 freeze_id, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->load_snapshot (self, freeze_id, error);
}

gboolean
flatline_store_delete_freeze (FlatlineStore *self, gint64 freeze_id, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->delete_freeze (self, freeze_id, error);
}

gint64
flatline_store_read_newest_beat_age_us (FlatlineStore *self, const char *run_uid, GError **error)
{
  return FLATLINE_STORE_GET_CLASS (self)->read_newest_beat_age_us (self, run_uid, error);
}

/* What an asynchronous reader was asked. */
typedef struct
{
  FlatlineStoreFilter filter;
  char *run_uid;
  gint64 freeze_id, from_us, to_us;
  guint limit;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free ((char *)question->filter.text);
  g_free ((char *)question->filter.kind);
  g_free ((char *)question->filter.host);
  g_free ((char *)question->filter.signature);
  g_free (question->run_uid);
  g_free (question);
}

static void
ask (FlatlineStore *self,
     Question *question,
     GTaskThreadFunc func,
     GCancellable *cancellable,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, func);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, func);
}

static void
return_array (GTask *task, GPtrArray *array, GError *error)
{
  if (array)
    g_task_return_pointer (task, array, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
list_freezes_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  return_array (task, flatline_store_list_freezes (source, &((Question *)data)->filter, &error), error);
}

void
flatline_store_list_freezes_async (FlatlineStore *self,
                                   const FlatlineStoreFilter *filter,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  if (filter)
    {
      question->filter = *filter;
      question->filter.text = g_strdup (filter->text);
      question->filter.kind = g_strdup (filter->kind);
      question->filter.host = g_strdup (filter->host);
      question->filter.signature = g_strdup (filter->signature);
    }
  ask (self, question, list_freezes_in_thread, cancellable, callback, user_data);
}

GPtrArray *
flatline_store_list_freezes_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
load_snapshot_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  FlatlineSnapshot *snapshot = flatline_store_load_snapshot (source, ((Question *)data)->freeze_id, &error);

  if (snapshot)
    g_task_return_pointer (task, snapshot, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
flatline_store_load_snapshot_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  question->freeze_id = freeze_id;
  ask (self, question, load_snapshot_in_thread, cancellable, callback, user_data);
}

FlatlineSnapshot *
flatline_store_load_snapshot_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
list_beats_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;

  return_array (task,
                flatline_store_list_beats (source, 0, question->run_uid, question->from_us, question->to_us,
                                           question->limit, &error),
                error);
}

void
flatline_store_list_beats_async (FlatlineStore *self,
                                 const char *run_uid,
                                 gint64 from_us,
                                 gint64 to_us,
                                 guint limit,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  question->run_uid = g_strdup (run_uid);
  question->from_us = from_us;
  question->to_us = to_us;
  question->limit = limit;
  ask (self, question, list_beats_in_thread, cancellable, callback, user_data);
}

GPtrArray *
flatline_store_list_beats_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
delete_freeze_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (flatline_store_delete_freeze (source, ((Question *)data)->freeze_id, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
flatline_store_delete_freeze_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  question->freeze_id = freeze_id;
  ask (self, question, delete_freeze_in_thread, cancellable, callback, user_data);
}

gboolean
flatline_store_delete_freeze_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
