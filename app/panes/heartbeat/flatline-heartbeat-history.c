/* SPDX-License-Identifier: MIT */
/* The beats of a stored run, asked for as a person moves through them. */
#include "config.h"

#include "flatline-heartbeat-history.h"

#include <glib/gi18n.h>

#define DAY_US     (24 * 3600 * (gint64)G_USEC_PER_SEC)
#define N_SPANS    2000                               /* of the coarse answer: a graph has no more pixels */
#define DETAIL_US  (10 * 60 * (gint64)G_USEC_PER_SEC) /* views up to this show every beat */
#define MAX_DETAIL 50000                              /* beats an answer */
#define N_AT_ONCE  1000                               /* of them that a turn of the main loop takes over */
#define MINUTE_US  (60 * (gint64)G_USEC_PER_SEC)
#define MAX_EVEN   600 /* beats of a minute of which only their number is known */

struct _FlatlineHeartbeatHistory
{
  FlatlineHeartbeatRecord *record; /* borrowed */
  FlatlineStore *store;
  char *run_uid;
  gint64 until_us;
  GCancellable *cancellable;
  GPtrArray *rates; /* FlatlineBeatRate, by time, NULL: not known yet */
  gboolean asking;
  GPtrArray *beats; /* FlatlineBeat or NULL: an answer that is being taken over; NULL: none is */
  guint n_taken;
  guint take_source;
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

/*
 * Of old beats only their number a minute is kept: that many lie evenly in it, and say so; @max of them at most, the
 * first of which is always the same.
 */
static void
add_rates (FlatlineHeartbeatHistory *self, gint64 from_us, gint64 to_us, gint64 max)
{
  g_autoptr (GPtrArray) beats = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; self->rates && i < self->rates->len; i++)
    {
      const FlatlineBeatRate *rate = g_ptr_array_index (self->rates, i);
      const int n = (int)CLAMP (rate->beats, 0, MAX_EVEN);
      g_autofree char *words = NULL;

      if (n == 0 || rate->time_us + MINUTE_US <= from_us || rate->time_us >= to_us)
        continue;
      words = g_strdup_printf (ngettext ("%d beat in this minute", "%d beats in this minute", (gulong)rate->beats),
                               (int)MIN (rate->beats, G_MAXINT));
      for (int j = 0; j < MIN (n, max); j++)
        g_ptr_array_add (beats,
                         g_object_new (FLATLINE_TYPE_BEAT, "time-us", rate->time_us + (2 * j + 1) * MINUTE_US / (2 * n),
                                       "lane", rate->lane, "reason", words, NULL));
    }
  if (beats->len > 0)
    flatline_heartbeat_record_add_beats (self->record, beats);
}

static void
on_rates (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rates = flatline_store_list_beat_rates_finish (FLATLINE_STORE (source), result, &error);
  FlatlineHeartbeatHistory *self = user_data;

  if (!rates)
    return;
  self->rates = g_steal_pointer (&rates);
  add_rates (self, G_MININT64, G_MAXINT64, 1);
  add_rates (self, self->from_us, self->to_us, MAX_EVEN);
}

static void
beat_free (gpointer beat)
{
  g_clear_object (&beat);
}

static gboolean
take_some (gpointer user_data)
{
  FlatlineHeartbeatHistory *self = user_data;
  g_autoptr (GPtrArray) some = g_ptr_array_new_with_free_func (g_object_unref);
  const guint end = MIN (self->beats->len, self->n_taken + N_AT_ONCE);

  for (; self->n_taken < end; self->n_taken++)
    g_ptr_array_add (some, g_steal_pointer (&self->beats->pdata[self->n_taken]));
  if (some->len > 0)
    flatline_heartbeat_record_add_beats (self->record, some);
  if (self->n_taken < self->beats->len)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->beats, g_ptr_array_unref);
  self->take_source = 0;
  self->asking = FALSE;
  flatline_heartbeat_history_show (self, self->left_us, self->right_us);
  return G_SOURCE_REMOVE;
}

static void
on_detail (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats = flatline_store_list_beats_finish (FLATLINE_STORE (source), result, &error);
  FlatlineHeartbeatHistory *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!beats)
    {
      self->asking = FALSE;
      flatline_heartbeat_history_show (self, self->left_us, self->right_us);
      return;
    }
  self->beats = g_steal_pointer (&beats);
  self->n_taken = 0;
  g_ptr_array_set_free_func (self->beats, beat_free);
  self->take_source = g_idle_add (take_some, self);
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
  add_rates (self, self->from_us, self->to_us, MAX_EVEN);
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
  flatline_store_list_beat_rates_async (store, run_uid, until_us - DAY_US, until_us, self->cancellable, on_rates, self);
  return self;
}

void
flatline_heartbeat_history_free (FlatlineHeartbeatHistory *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_handle_id (&self->take_source, g_source_remove);
  g_clear_pointer (&self->beats, g_ptr_array_unref);
  g_clear_pointer (&self->rates, g_ptr_array_unref);
  g_object_unref (self->store);
  g_free (self->run_uid);
  g_free (self);
}
