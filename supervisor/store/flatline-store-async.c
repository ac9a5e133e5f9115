/* SPDX-License-Identifier: MIT */
/* The readers of FlatlineStore for the window: the work in a worker thread, the answer on the main thread. */
#include "flatline-store.h"

/* What an asynchronous reader was asked. */
typedef struct
{
  GTaskThreadFunc func;
  FlatlineStoreFilter filter;
  char *run_uid;
  gint64 id; /* of a freeze, or of a process */
  gint64 from_us, to_us;
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

/* Whoever reads for the task knows by g_cancellable_get_current() that nobody waits any more. */
static void
run_question (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GCancellable) kept = cancellable ? g_object_ref (cancellable) : NULL;

  if (kept)
    g_cancellable_push_current (kept);
  ((Question *)data)->func (task, source, data, cancellable);
  if (kept)
    g_cancellable_pop_current (kept);
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
  question->func = func;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, run_question);
}

/* @error by its address: the order in which arguments are worked out is nobody's promise. */
static void
return_array (GTask *task, GPtrArray *array, GError **error)
{
  if (array)
    g_task_return_pointer (task, array, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, g_steal_pointer (error));
}

static Question *
copy_filter (const FlatlineStoreFilter *filter)
{
  Question *question = g_new0 (Question, 1);

  if (!filter)
    return question;
  question->filter = *filter;
  question->filter.text = g_strdup (filter->text);
  question->filter.kind = g_strdup (filter->kind);
  question->filter.host = g_strdup (filter->host);
  question->filter.signature = g_strdup (filter->signature);
  return question;
}

static void
list_freezes_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  return_array (task, flatline_store_list_freezes (source, &((Question *)data)->filter, &error), &error);
}

void
flatline_store_list_freezes_async (FlatlineStore *self,
                                   const FlatlineStoreFilter *filter,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  ask (self, copy_filter (filter), list_freezes_in_thread, cancellable, callback, user_data);
}

GPtrArray *
flatline_store_list_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
list_groups_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  return_array (task, flatline_store_list_groups (source, &((Question *)data)->filter, &error), &error);
}

void
flatline_store_list_groups_async (FlatlineStore *self,
                                  const FlatlineStoreFilter *filter,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  ask (self, copy_filter (filter), list_groups_in_thread, cancellable, callback, user_data);
}

static void
list_hosts_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  return_array (task, flatline_store_list_hosts (source, &error), &error);
}

void
flatline_store_list_hosts_async (FlatlineStore *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  ask (self, g_new0 (Question, 1), list_hosts_in_thread, cancellable, callback, user_data);
}

static void
list_runs_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  return_array (task, flatline_store_list_runs (source, &((Question *)data)->filter, &error), &error);
}

void
flatline_store_list_runs_async (FlatlineStore *self,
                                const FlatlineStoreFilter *filter,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  ask (self, copy_filter (filter), list_runs_in_thread, cancellable, callback, user_data);
}

static void
load_snapshot_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  FlatlineSnapshot *snapshot = flatline_store_load_snapshot (source, ((Question *)data)->id, &error);

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

  question->id = freeze_id;
  ask (self, question, load_snapshot_in_thread, cancellable, callback, user_data);
}

FlatlineSnapshot *
flatline_store_load_snapshot_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static Question *
new_beat_question (const char *run_uid, gint64 from_us, gint64 to_us, guint limit)
{
  Question *question = g_new0 (Question, 1);

  question->run_uid = g_strdup (run_uid);
  question->from_us = from_us;
  question->to_us = to_us;
  question->limit = limit;
  return question;
}

static void
list_beats_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;

  return_array (task,
                flatline_store_list_beats (source, 0, question->run_uid, question->from_us, question->to_us,
                                           question->limit, &error),
                &error);
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
  ask (self, new_beat_question (run_uid, from_us, to_us, limit), list_beats_in_thread, cancellable, callback,
       user_data);
}

GPtrArray *
flatline_store_list_beats_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
list_beat_marks_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;

  return_array (task,
                flatline_store_list_beat_marks (source, question->run_uid, question->from_us, question->to_us,
                                                question->limit, &error),
                &error);
}

void
flatline_store_list_beat_marks_async (FlatlineStore *self,
                                      const char *run_uid,
                                      gint64 from_us,
                                      gint64 to_us,
                                      guint n_spans,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  ask (self, new_beat_question (run_uid, from_us, to_us, n_spans), list_beat_marks_in_thread, cancellable, callback,
       user_data);
}

GPtrArray *
flatline_store_list_beat_marks_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
list_beat_rates_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;

  return_array (task,
                flatline_store_list_beat_rates (source, question->run_uid, question->from_us, question->to_us, &error),
                &error);
}

void
flatline_store_list_beat_rates_async (FlatlineStore *self,
                                      const char *run_uid,
                                      gint64 from_us,
                                      gint64 to_us,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  ask (self, new_beat_question (run_uid, from_us, to_us, 0), list_beat_rates_in_thread, cancellable, callback,
       user_data);
}

GPtrArray *
flatline_store_list_beat_rates_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
read_age_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  Question *question = data;
  gint64 age_us =
      flatline_store_read_newest_beat_age_us (source, question->run_uid, question->id, question->from_us, &error);

  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_memdup2 (&age_us, sizeof age_us), g_free);
}

void
flatline_store_read_newest_beat_age_async (FlatlineStore *self,
                                           const char *run_uid,
                                           gint64 pid,
                                           gint64 since_us,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data)
{
  Question *question = new_beat_question (run_uid, since_us, 0, 0);

  question->id = pid;
  ask (self, question, read_age_in_thread, cancellable, callback, user_data);
}

gint64
flatline_store_read_newest_beat_age_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *age_us = g_task_propagate_pointer (G_TASK (result), error);

  return age_us ? *age_us : -1;
}

static void
delete_freeze_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (flatline_store_delete_freeze (source, ((Question *)data)->id, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
flatline_store_delete_freeze_async (
    FlatlineStore *self, gint64 freeze_id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  question->id = freeze_id;
  ask (self, question, delete_freeze_in_thread, cancellable, callback, user_data);
}

gboolean
flatline_store_delete_freeze_finish (FlatlineStore *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
