/* SPDX-License-Identifier: MIT */
/* The beats of a stored run, asked for as a person moves through them. */
#include "config.h"

#include "flatline-heartbeat-history.h"

#define DAY_US     (24 * 3600 * (gint64)G_USEC_PER_SEC)
#define N_SPANS    2000                               /* of the coarse answer: a graph has no more pixels */
#define DETAIL_US  (10 * 60 * (gint64)G_USEC_PER_SEC) /* views up to this show every beat */
#define MAX_DETAIL 50000                              /* beats an answer */

struct _FlatlineHeartbeatHistory
{
  FlatlineHeartbeatRecord *record; /* borrowed */
  FlatlineStore *store;
  char *run_uid;
  gint64 until_us;
  GCancellable *cancellable;
  gboolean asking;
  gint64 from_us, to_us;    /* every beat between is known, or asked for */
  gint64 left_us, right_us; /* what is shown, while an answer is awaited */
};

static void
on_coarse (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats = flatline_store_list_beat_marks_finish (FLATLINE_STORE (source), result, &error);
  FlatlineHeartbeatHistory *self = user_data;

  if (beats)
    flatline_heartbeat_record_add_beats (self->record, beats);
}

static void
on_detail (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats = flatline_store_list_beats_finish (FLATLINE_STORE (source), result, &error);
  FlatlineHeartbeatHistory *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asking = FALSE;
  if (beats)
    flatline_heartbeat_record_add_beats (self->record, beats);
  flatline_heartbeat_history_show (self, self->left_us, self->right_us);
}

void
flatline_heartbeat_history_show (FlatlineHeartbeatHistory *self, gint64 left_us, gint64 right_us)
{
  gint64 span_us = right_us - left_us;

  self->left_us = left_us;
  self->right_us = right_us;
  right_us = MIN (right_us, self->until_us);
  if (self->asking || span_us > DETAIL_US || (left_us >= self->from_us && right_us <= self->to_us))
    return;
  /* Some more to both sides, so that the next step is there already. */
  self->from_us = left_us - span_us;
  self->to_us = right_us + span_us;
  self->asking = TRUE;
  flatline_store_list_beats_async (self->store, self->run_uid, self->from_us, self->to_us, MAX_DETAIL,
                                   self->cancellable, on_detail, self);
}

FlatlineHeartbeatHistory *
flatline_heartbeat_history_new (FlatlineHeartbeatRecord *record,
                                FlatlineStore *store,
                                const char *run_uid,
                                gint64 until_us)
{
  FlatlineHeartbeatHistory *self = g_new0 (FlatlineHeartbeatHistory, 1);

  self->record = record;
  self->store = g_object_ref (store);
  self->run_uid = g_strdup (run_uid);
  self->until_us = until_us;
  self->cancellable = g_cancellable_new ();
  flatline_store_list_beat_marks_async (store, run_uid, until_us - DAY_US, until_us, N_SPANS, self->cancellable,
                                        on_coarse, self);
  return self;
}

void
flatline_heartbeat_history_free (FlatlineHeartbeatHistory *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->store);
  g_free (self->run_uid);
  g_free (self);
}
