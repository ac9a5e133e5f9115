/* SPDX-License-Identifier: MIT */
/* FlatlineWitness: between asking and hearing lies a way that is taken as the same in both directions. */
#include "flatline-witness.h"

/* Beats are written in batches: the database may be so far behind and still be right about what matters. */
#define TOLERATED_LAG_US G_USEC_PER_SEC

void
flatline_witness_ask (FlatlineWitness *self, gint64 now_us, gint64 newest_beat_us)
{
  self->asked_us = self->last_asked_us = now_us;
  self->asked_beat_us = newest_beat_us;
}

void
flatline_witness_hear (FlatlineWitness *self, gint64 now_us, gint64 age_us)
{
  if (self->asked_us == 0)
    return;
  self->failed = FALSE;
  self->beat_us = age_us < 0 ? -1 : (self->asked_us + now_us) / 2 - age_us;
  if (self->asked_us - self->owed_us >= TOLERATED_LAG_US)
    {
      self->lags = self->owed_beat_us > self->forgiven_us
                   && (age_us < 0 || self->owed_beat_us - self->beat_us > TOLERATED_LAG_US);
      self->owed_us = self->asked_us;
      self->owed_beat_us = self->asked_beat_us;
    }
  self->heard_asked_us = self->asked_us;
  self->asked_us = 0;
}

void
flatline_witness_fail (FlatlineWitness *self)
{
  self->failed = TRUE;
  self->asked_us = 0;
}

void
flatline_witness_forgive (FlatlineWitness *self, gint64 now_us)
{
  self->forgiven_us = now_us;
}

gboolean
flatline_witness_is_missing (const FlatlineWitness *self, gint64 now_us)
{
  return self->interval_us > 0
         && (self->failed || self->lags || (self->asked_us > 0 && now_us - self->asked_us > self->interval_us));
}

gboolean
flatline_witness_is_heard (const FlatlineWitness *self, gint64 now_us)
{
  return self->interval_us > 0 && !flatline_witness_is_missing (self, now_us);
}

gboolean
flatline_witness_counts (const FlatlineWitness *self, gint64 now_us)
{
  return flatline_witness_is_heard (self, now_us) && self->heard_asked_us > 0 && self->beat_us >= 0
         && self->beat_us >= self->forgiven_us;
}
