/* SPDX-License-Identifier: MIT */
/* FlatlineStanding: remembers what was looked at, so that the same stacks are diagnosed once. */
#include "flatline-standing.h"

#define MAX_PAUSE_US (40 * G_USEC_PER_SEC)

void
flatline_standing_clear (FlatlineStanding *self)
{
  g_clear_pointer (&self->suspicion, g_free);
}

gboolean
flatline_standing_sample (FlatlineStanding *self, guint64 stacks, guint64 still, gint64 now_us)
{
  const gboolean is_unchanged = stacks != 0 && stacks == self->stacks;

  if (!is_unchanged)
    self->since_us = now_us;
  self->stacks = stacks;
  self->still = still;
  self->all_stand = is_unchanged && stacks != self->diagnosed_stacks;
  return self->all_stand;
}

gboolean
flatline_standing_has_news (const FlatlineStanding *self)
{
  return self->still != self->diagnosed_still || self->suspicion;
}

void
flatline_standing_look (FlatlineStanding *self)
{
  self->diagnosed_stacks = self->stacks;
  self->diagnosed_still = self->still;
  self->all_stood = self->all_stand;
}

void
flatline_standing_forget (FlatlineStanding *self)
{
  self->diagnosed_stacks = self->diagnosed_still = 0;
}

gboolean
flatline_standing_is_seen_again (FlatlineStanding *self, const char *standing)
{
  if (self->all_stood && self->stacks == self->diagnosed_stacks)
    return TRUE;
  if (standing && g_strcmp0 (standing, self->suspicion) == 0)
    return TRUE;
  g_free (self->suspicion);
  self->suspicion = g_strdup (standing);
  return FALSE;
}

gint64
flatline_standing_put_off (FlatlineStanding *self, gint64 due_us, gint64 least_us, gint64 now_us)
{
  self->pause_us = due_us > 0 && now_us < due_us + self->pause_us ? MIN (2 * self->pause_us, MAX_PAUSE_US) : least_us;
  return self->pause_us;
}
