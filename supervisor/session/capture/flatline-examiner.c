/* SPDX-License-Identifier: MIT */
/* One inspector, many askers: a lock in the workers keeps them apart, the main thread never waits for it. */
#include "config.h"

#include "flatline-examiner.h"

#include "flatline-capture.h"
#include "flatline-code-path.h"
#include "flatline-paths.h"

#define MAX_CALLS      10000
#define MAX_STOOD      10000
#define MAX_ITEM_BYTES 2048 /* of the text of an item that may be looked for */

/* What the workers share; it outlives the object while one of them is still reading. */
typedef struct
{
  GMutex lock;
  FlatlineInspector *inspector; /* NULL: of a core file that is not open yet */
  gint64 pid;
  char *core_file;
  char *executable;
  GHashTable *seen;  /* threads with their stacks, a number each (guint64 *): at the sample before; NULL: none yet */
  GHashTable *stood; /* at two samples one after the other, ever */
  guint64 still;     /* the sum of those */
} Core;

typedef struct
{
  Core *core;
  char *reason;       /* NULL: a look */
  FlatlineHeld *held; /* NULL: nobody waits */
  FlatlineCaptureBudget budget;
  FlatlineValue *value; /* to be read again, NULL none */
  char *words;          /* of its items, those that match are wanted; NULL: all */
  FlatlineItemMatch match;
  GFileProgressCallback progress;
} Job;

struct _FlatlineExaminer
{
  GObject parent_instance;
  Core *core;
};

G_DEFINE_FINAL_TYPE (FlatlineExaminer, flatline_examiner, G_TYPE_OBJECT)

static void
core_clear (gpointer data)
{
  Core *core = data;

  g_clear_object (&core->inspector);
  g_clear_pointer (&core->seen, g_hash_table_unref);
  g_clear_pointer (&core->stood, g_hash_table_unref);
  g_free (core->core_file);
  g_free (core->executable);
  g_mutex_clear (&core->lock);
}

static void
core_unref (gpointer core)
{
  g_atomic_rc_box_release_full (core, core_clear);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  core_unref (job->core);
  g_clear_pointer (&job->held, flatline_held_free);
  g_free (job->reason);
  g_clear_object (&job->value);
  g_free (job->words);
  g_free (job);
}

static void
flatline_examiner_finalize (GObject *object)
{
  core_unref (FLATLINE_EXAMINER (object)->core);
  G_OBJECT_CLASS (flatline_examiner_parent_class)->finalize (object);
}

static void
flatline_examiner_class_init (FlatlineExaminerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_examiner_finalize;
}

static void
flatline_examiner_init (FlatlineExaminer *self)
{
}

FlatlineExaminer *
flatline_examiner_new (gint64 pid)
{
  FlatlineExaminer *self = g_object_new (FLATLINE_TYPE_EXAMINER, NULL);

  self->core = g_atomic_rc_box_new0 (Core);
  g_mutex_init (&self->core->lock);
  self->core->inspector = flatline_inspector_new (pid);
  self->core->pid = pid;
  return self;
}

FlatlineExaminer *
flatline_examiner_new_for_core (const char *core_file, const char *executable)
{
  FlatlineExaminer *self = g_object_new (FLATLINE_TYPE_EXAMINER, NULL);

  self->core = g_atomic_rc_box_new0 (Core);
  g_mutex_init (&self->core->lock);
  self->core->core_file = g_strdup (core_file);
  self->core->executable = g_strdup (executable);
  return self;
}

gint64
flatline_examiner_get_pid (FlatlineExaminer *self)
{
  return self->core->pid;
}

/* With the lock held. */
static gboolean
ensure_inspector (Core *core, GError **error)
{
  if (!core->inspector)
    core->inspector = flatline_inspector_new_for_core (core->core_file, core->executable, error);
  return core->inspector != NULL;
}

static void
capture_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;
  FlatlineSnapshot *snapshot = NULL;

  g_mutex_lock (&job->core->lock);
  if (!ensure_inspector (job->core, &error))
    snapshot = NULL;
  else if (job->held)
    snapshot = flatline_capture_held (job->core->inspector, job->held, job->reason, &job->budget, cancellable, &error);
  else if (job->core->core_file)
    snapshot = flatline_capture_core (job->core->inspector, job->reason ? job->reason : "look", &job->budget,
                                      cancellable, &error);
  else if (job->reason)
    snapshot = flatline_capture (job->core->inspector, job->core->pid, job->reason, &job->budget, cancellable, &error);
  else
    snapshot = flatline_capture_look (job->core->inspector, job->core->pid, cancellable, &error);
  g_mutex_unlock (&job->core->lock);
  g_clear_pointer (&job->held, flatline_held_free);
  if (snapshot)
    g_task_return_pointer (task, snapshot, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
run_capture (FlatlineExaminer *self,
             const char *reason,
             const FlatlineCaptureBudget *budget,
             FlatlineHeld *held,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->core = g_atomic_rc_box_acquire (self->core);
  job->held = held;
  job->reason = g_strdup (reason);
  job->budget = budget ? *budget : flatline_capture_budget_default ();
  g_task_set_task_data (task, job, job_free);
  g_task_set_source_tag (task, run_capture);
  g_task_run_in_thread (task, capture_in_worker);
}

void
flatline_examiner_capture_async (FlatlineExaminer *self,
                                 const char *reason,
                                 const FlatlineCaptureBudget *budget,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (reason != NULL);
  run_capture (self, reason, budget, NULL, cancellable, callback, user_data);
}

void
flatline_examiner_capture_held_async (FlatlineExaminer *self,
                                      const char *reason,
                                      FlatlineHeld *held,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (reason != NULL);
  run_capture (self, reason, NULL, held, cancellable, callback, user_data);
}

void
flatline_examiner_look_async (FlatlineExaminer *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  run_capture (self, NULL, NULL, NULL, cancellable, callback, user_data);
}

FlatlineSnapshot *
flatline_examiner_capture_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
expand_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  FlatlineValue *now = NULL;
  GError *error = NULL;

  g_mutex_lock (&job->core->lock);
  if (ensure_inspector (job->core, &error))
    now = flatline_inspector_expand (job->core->inspector, job->value, &job->budget, &error);
  g_mutex_unlock (&job->core->lock);
  if (now && job->words)
    {
      g_task_return_pointer (task, flatline_item_batch_new (now, job->budget.first_item, job->words, job->match),
                             (GDestroyNotify)flatline_item_batch_free);
      g_object_unref (now);
    }
  else if (now)
    g_task_return_pointer (task, now, g_object_unref);
  else
    g_task_return_error (task, error);
}

static Job *
new_expansion (FlatlineExaminer *self, FlatlineValue *value, guint64 first_item, guint max_items, guint max_text_bytes)
{
  Job *job = g_new0 (Job, 1);

  job->core = g_atomic_rc_box_acquire (self->core);
  job->value = g_object_ref (value);
  job->budget = flatline_capture_budget_default ();
  job->budget.max_depth = 1;
  job->budget.first_item = first_item;
  job->budget.max_items = max_items;
  job->budget.max_text_bytes = max_text_bytes;
  job->budget.max_total_bytes = MAX (job->budget.max_total_bytes, 2 * (gsize)max_text_bytes);
  return job;
}

void
flatline_examiner_expand_async (FlatlineExaminer *self,
                                FlatlineValue *value,
                                guint64 first_item,
                                guint max_items,
                                guint max_text_bytes,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_task_data (task, new_expansion (self, value, first_item, max_items, max_text_bytes), job_free);
  g_task_run_in_thread (task, expand_in_worker);
}

FlatlineValue *
flatline_examiner_expand_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
flatline_examiner_look_for_items_async (FlatlineExaminer *self,
                                        FlatlineValue *container,
                                        guint64 first_item,
                                        guint max_items,
                                        const char *words,
                                        FlatlineItemMatch match,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Job *job = new_expansion (self, container, first_item, max_items, MAX_ITEM_BYTES);

  job->words = g_strdup (words);
  job->match = match;
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, expand_in_worker);
}

FlatlineItemBatch *
flatline_examiner_look_for_items_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  GTask *task;
  GFileProgressCallback func;
  FlatlineContentReading reading;
} Progress;

static gboolean
tell_progress (gpointer user_data)
{
  Progress *progress = user_data;

  progress->func (progress->reading.position, progress->reading.size,
                  g_async_result_get_user_data (G_ASYNC_RESULT (progress->task)));
  return G_SOURCE_REMOVE;
}

static void
progress_free (gpointer user_data)
{
  Progress *progress = user_data;

  g_object_unref (progress->task);
  g_free (progress);
}

/* Behind the ones before, and before the answer. */
static void
report_progress (GTask *task, GFileProgressCallback func, const FlatlineContentReading *reading)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Progress *progress = g_new (Progress, 1);

  *progress = (Progress){ .task = g_object_ref (task), .func = func, .reading = *reading };
  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_callback (source, tell_progress, progress, progress_free);
  g_source_attach (source, g_task_get_context (task));
}

static void
free_content (gpointer content)
{
  flatline_value_content_free (content);
}

static void
read_content_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  FlatlineContentReading reading = { .size = -1 };
  g_autoptr (FlatlineValueContent) content = NULL;
  g_autoptr (GError) error = NULL;
  gboolean fine = TRUE;

  content = flatline_value_content_new (&error);
  while (content && fine && reading.position != reading.size)
    {
      g_autoptr (GByteArray) piece = g_byte_array_new ();

      g_mutex_lock (&job->core->lock);
      fine = !g_cancellable_set_error_if_cancelled (cancellable, &error) && ensure_inspector (job->core, &error)
             && flatline_inspector_read_piece (job->core->inspector, job->value, &reading, piece, &error);
      g_mutex_unlock (&job->core->lock);
      fine = fine && flatline_value_content_append (content, piece, &error);
      if (fine)
        report_progress (task, job->progress, &reading);
    }
  if (content && reading.position > 0)
    {
      content->is_text = reading.is_text;
      content->length = reading.position;
      content->problem = error ? g_strdup (error->message) : NULL;
      g_clear_error (&error);
    }
  if (content && !error && flatline_value_content_close (content, &error))
    g_task_return_pointer (task, g_steal_pointer (&content), free_content);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
flatline_examiner_read_content_async (FlatlineExaminer *self,
                                      FlatlineValue *value,
                                      GFileProgressCallback progress,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->core = g_atomic_rc_box_acquire (self->core);
  job->value = g_object_ref (value);
  job->progress = progress;
  g_task_set_task_data (task, job, job_free);
  g_task_set_check_cancellable (task, FALSE); /* what was read is worth showing */
  g_task_run_in_thread (task, read_content_in_worker);
}

FlatlineValueContent *
flatline_examiner_read_content_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/*
 * It answers somebody at the console, or beats: what it does moves the program as little as before. What runs without
 * end is seldom read whole; then its name tells, which it has from the thread that began it.
 */
static gboolean
is_agent_thread (gint64 pid, const FlatlineSample *sample, const FlatlineThreadSample *thread, const char *agent_folder)
{
  const FlatlineCallPlace *begins =
      thread->complete && thread->n_calls > 0 ? flatline_sample_get_calls (sample, thread)[thread->n_calls - 1] : NULL;

  if (thread->native_id == pid || (begins && !(begins->file && flatline_path_is_in_agent (begins->file, agent_folder))))
    return FALSE;
  return (begins && g_strcmp0 (begins->function, "_run") == 0) || flatline_capture_is_agent (pid, thread->native_id);
}

static gboolean
take_number (GHashTable *numbers, guint64 number)
{
  return g_hash_table_add (numbers, g_memdup2 (&number, sizeof number));
}

static GHashTable *
make_numbers (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

/*
 * The order of the threads does not matter, so that a list read differently is no change. Where some threads go on and
 * others do not, each that stands counts once for each place: one that polls has few.
 */
static void
combine (Core *core, const FlatlineSample *sample, FlatlineStillness *stillness)
{
  g_autofree char *agent_folder = flatline_paths_dup_agent_dir ();
  g_autoptr (GHashTable) before = core->seen ? core->seen : make_numbers ();

  core->seen = make_numbers ();
  if (!core->stood || g_hash_table_size (core->stood) > MAX_STOOD)
    {
      g_clear_pointer (&core->stood, g_hash_table_unref);
      core->stood = make_numbers ();
    }
  for (guint i = 0; i < sample->threads->len; i++)
    {
      const FlatlineThreadSample *thread = &g_array_index (sample->threads, FlatlineThreadSample, i);
      guint64 mixed = thread->stack_hash ^ ((guint64)thread->native_id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

      if (is_agent_thread (core->pid, sample, thread, agent_folder))
        continue;
      mixed ^= mixed >> 29;
      mixed *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
      stillness->stacks += mixed;
      take_number (core->seen, mixed);
      if (g_hash_table_contains (before, &mixed) && take_number (core->stood, mixed))
        core->still += mixed;
    }
  stillness->still = core->still;
  if (sample->threads->len > 0 && stillness->stacks == 0)
    stillness->stacks = 1;
}

static void
sample_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (FlatlineSample) sample = flatline_sample_new ();
  Job *job = task_data;
  FlatlineStillness *stillness = g_new0 (FlatlineStillness, 1);

  g_mutex_lock (&job->core->lock);
  if (flatline_inspector_sample (job->core->inspector, MAX_CALLS, sample, NULL))
    combine (job->core, sample, stillness);
  g_mutex_unlock (&job->core->lock);
  g_task_return_pointer (task, stillness, g_free);
}

void
flatline_examiner_sample_async (FlatlineExaminer *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->core = g_atomic_rc_box_acquire (self->core);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, sample_in_worker);
}

FlatlineStillness
flatline_examiner_sample_finish (FlatlineExaminer *self, GAsyncResult *result)
{
  g_autofree FlatlineStillness *stillness = g_task_propagate_pointer (G_TASK (result), NULL);

  return stillness ? *stillness : (FlatlineStillness){ 0 };
}

void
flatline_examiner_rest (FlatlineExaminer *self)
{
  Core *core = self->core;

  if (!core->inspector || core->core_file || !g_mutex_trylock (&core->lock))
    return;
  g_object_unref (core->inspector);
  core->inspector = flatline_inspector_new (core->pid);
  g_mutex_unlock (&core->lock);
}
