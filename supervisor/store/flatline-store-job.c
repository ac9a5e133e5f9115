/* SPDX-License-Identifier: MIT */
/* Jobs, and their form in the spool: one record as JSON, or many beats of one run, each a head and three texts. */
#include "flatline-store-job.h"

#include "flatline-snapshot-pack.h"

#include <string.h>

#define NO_TEXT G_MAXUINT32

/* Before the texts of a beat. */
typedef struct
{
  gint64 seq, time_us, pid;
  guint32 lane_length, reason_length, caller_length; /* NO_TEXT: NULL */
  guint32 unused;
} BeatHead;

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

static guint32
measure (const char *text)
{
  return text ? MIN (strlen (text), G_MAXINT32) : NO_TEXT;
}

static void
append_text (GByteArray *bytes, const char *text, guint32 length)
{
  if (text)
    g_byte_array_append (bytes, (const guint8 *)text, length);
}

static void
pack_beat (GByteArray *bytes, const FlatlineStoreJob *job)
{
  FlatlineBeat *beat = FLATLINE_BEAT (job->record);
  const BeatHead head = {
    .seq = job->seq,
    .time_us = beat->time_us,
    .pid = beat->pid,
    .lane_length = measure (beat->lane),
    .reason_length = measure (beat->reason),
    .caller_length = measure (beat->caller),
  };

  g_byte_array_append (bytes, (const guint8 *)&head, sizeof head);
  append_text (bytes, beat->lane, head.lane_length);
  append_text (bytes, beat->reason, head.reason_length);
  append_text (bytes, beat->caller, head.caller_length);
}

GBytes *
flatline_store_jobs_pack (const FlatlineStoreJob *first, guint n_jobs)
{
  GByteArray *bytes;
  char *json;

  if (first->kind != FLATLINE_STORE_ADD_BEAT)
    {
      json = flatline_record_to_json_string (first->record, FALSE);
      return g_bytes_new_take (json, strlen (json));
    }
  bytes = g_byte_array_new ();
  for (guint i = 0; i < n_jobs; i++)
    pack_beat (bytes, &first[i]);
  return g_byte_array_free_to_bytes (bytes);
}

/* FALSE when @length is more than there is. */
static gboolean
take_text (const char **at, const char *end, guint32 length, char **text)
{
  if (length == NO_TEXT)
    return TRUE;
  if (length > (gsize)(end - *at))
    return FALSE;
  *text = g_strndup (*at, length);
  *at += length;
  return TRUE;
}

static void
unpack_beats (const char *run_uid, GBytes *content, GArray *jobs)
{
  g_autoptr (GRefString) uid = g_ref_string_new (run_uid);
  gsize size;
  const char *at = g_bytes_get_data (content, &size);
  const char *end = at + size;

  while ((gsize)(end - at) >= sizeof (BeatHead))
    {
      g_autoptr (FlatlineBeat) beat = g_object_new (FLATLINE_TYPE_BEAT, NULL);
      FlatlineStoreJob job = { .kind = FLATLINE_STORE_ADD_BEAT };
      BeatHead head;

      memcpy (&head, at, sizeof head);
      at += sizeof head;
      beat->time_us = head.time_us;
      beat->pid = head.pid;
      if (!take_text (&at, end, head.lane_length, &beat->lane)
          || !take_text (&at, end, head.reason_length, &beat->reason)
          || !take_text (&at, end, head.caller_length, &beat->caller))
        return;
      job.seq = head.seq;
      job.run_uid = g_ref_string_acquire (uid);
      job.record = FLATLINE_RECORD (g_steal_pointer (&beat));
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

/* Runs and freezes are found again by what they are called. */
static gboolean
is_whole (gpointer record)
{
  return FLATLINE_IS_RUN (record)      ? FLATLINE_RUN (record)->uid != NULL
         : FLATLINE_IS_FREEZE (record) ? FLATLINE_FREEZE (record)->uid != NULL
                                       : FALSE;
}

void
flatline_store_jobs_unpack (
    FlatlineStoreJobKind kind, const char *run_uid, GBytes *content, GBytes *snapshot, GArray *jobs)
{
  g_autofree char *json = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (FlatlineRecord) record = NULL;
  FlatlineStoreJob job = { .kind = kind };

  /* What became of a freeze does not name its run. */
  if (!run_uid && kind != FLATLINE_STORE_UPDATE_FREEZE)
    return;
  if (kind == FLATLINE_STORE_ADD_BEAT)
    {
      unpack_beats (run_uid, content, jobs);
      return;
    }
  /* Of nothing there is no text. */
  json = g_strndup (g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  node = json && kind <= FLATLINE_STORE_UPDATE_FREEZE ? json_from_string (json, NULL) : NULL;
  if (!node)
    return;
  record = flatline_record_from_json (get_record_type (job.kind), node, NULL);
  if (!record || !is_whole (record))
    return;
  job.record = g_steal_pointer (&record);
  job.run_uid = run_uid ? g_ref_string_new (run_uid) : NULL;
  if (snapshot && g_bytes_get_size (snapshot) > 0)
    job.snapshot = flatline_snapshot_unpack (snapshot, NULL);
  g_array_append_val (jobs, job);
}
