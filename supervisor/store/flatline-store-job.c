/* SPDX-License-Identifier: MIT */
/* Jobs, and their form in the spool: a GVariant with either one record as JSON, or many beats of one run. */
#include "flatline-store-job.h"

#include "flatline-snapshot-pack.h"

#define BEAT_TYPE "(xxmsmsmsx)"

void
flatline_store_job_clear (gpointer data)
{
  FlatlineStoreJob *job = data;

  g_clear_pointer (&job->run_uid, g_ref_string_release);
  g_clear_object (&job->record);
  g_clear_object (&job->snapshot);
}

GArray *
flatline_store_job_list_new (void)
{
  GArray *jobs = g_array_new (FALSE, FALSE, sizeof (FlatlineStoreJob));

  g_array_set_clear_func (jobs, flatline_store_job_clear);
  return jobs;
}

/* GVariant takes no string that is not UTF-8. */
static GVariant *
new_text (const char *text)
{
  if (text && !g_utf8_validate (text, -1, NULL))
    return g_variant_new_maybe (G_VARIANT_TYPE_STRING, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
  return g_variant_new ("ms", text);
}

static void
pack_beat (GVariantBuilder *beats, const FlatlineStoreJob *job)
{
  FlatlineBeat *beat = FLATLINE_BEAT (job->record);

  g_variant_builder_add (beats, "(xx@ms@ms@msx)", job->seq, beat->time_us, new_text (beat->lane),
                         new_text (beat->reason), new_text (beat->caller), beat->pid);
}

GVariant *
flatline_store_jobs_pack (const FlatlineStoreJob *first, guint n_jobs)
{
  g_autofree char *record = NULL;
  g_autoptr (GBytes) snapshot = NULL;
  GVariantBuilder beats;
  gsize size = 0;
  const void *data = NULL;

  g_variant_builder_init (&beats, G_VARIANT_TYPE ("a" BEAT_TYPE));
  if (first->kind == FLATLINE_STORE_ADD_BEAT)
    for (guint i = 0; i < n_jobs; i++)
      pack_beat (&beats, &first[i]);
  else
    record = flatline_record_to_json_string (first->record, FALSE);
  if (first->snapshot && (snapshot = flatline_snapshot_pack (first->snapshot, NULL)))
    data = g_bytes_get_data (snapshot, &size);
  return g_variant_ref_sink (g_variant_new ("(y@ms@ms@aya" BEAT_TYPE ")", (guchar)first->kind,
                                            new_text (first->run_uid), new_text (record),
                                            g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1), &beats));
}

static void
unpack_beats (const char *run_uid, GVariantIter *beats, GArray *jobs)
{
  g_autoptr (GRefString) uid = run_uid ? g_ref_string_new (run_uid) : NULL;
  const char *lane, *reason, *caller;
  gint64 seq, time_us, pid;

  while (g_variant_iter_next (beats, "(xxm&sm&sm&sx)", &seq, &time_us, &lane, &reason, &caller, &pid))
    {
      FlatlineBeat *beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);
      FlatlineStoreJob job = { .kind = FLATLINE_STORE_ADD_BEAT, .record = FLATLINE_RECORD (beat), .seq = seq };

      beat->time_us = time_us;
      beat->lane = g_strdup (lane);
      beat->reason = g_strdup (reason);
      beat->caller = g_strdup (caller);
      beat->pid = pid;
      job.run_uid = uid ? g_ref_string_acquire (uid) : NULL;
      g_array_append_val (jobs, job);
    }
}

static GType
get_record_type (FlatlineStoreJobKind kind)
{
  switch (kind)
    {
    case FLATLINE_STORE_ADD_RUN:
    case FLATLINE_STORE_END_RUN:
      return FLATLINE_TYPE_RUN;
    case FLATLINE_STORE_ADD_FREEZE:
    case FLATLINE_STORE_UPDATE_FREEZE:
      return FLATLINE_TYPE_FREEZE;
    default:
      return FLATLINE_TYPE_BEAT;
    }
}

gboolean
flatline_store_jobs_unpack (GVariant *row, GArray *jobs)
{
  const char *run_uid, *record;
  g_autoptr (GVariant) snapshot = NULL;
  g_autoptr (GVariantIter) beats = NULL;
  g_autoptr (JsonNode) node = NULL;
  FlatlineStoreJob job = { 0 };
  guchar kind;

  g_variant_get (row, "(ym&sm&s@aya" BEAT_TYPE ")", &kind, &run_uid, &record, &snapshot, &beats);
  job.kind = kind;
  if (job.kind == FLATLINE_STORE_ADD_BEAT)
    {
      unpack_beats (run_uid, beats, jobs);
      return TRUE;
    }
  node = record ? json_from_string (record, NULL) : NULL;
  if (job.kind > FLATLINE_STORE_UPDATE_FREEZE || !node)
    return FALSE;
  job.record = flatline_record_from_json (get_record_type (job.kind), node, NULL);
  if (!job.record)
    return FALSE;
  job.run_uid = run_uid ? g_ref_string_new (run_uid) : NULL;
  if (g_variant_get_size (snapshot) > 0)
    {
      g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (snapshot);

      job.snapshot = flatline_snapshot_unpack (bytes, NULL);
    }
  g_array_append_val (jobs, job);
  return TRUE;
}
