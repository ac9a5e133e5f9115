/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStanding: whether the stacks of a program stand still, and what is to be looked at because they do; a part of
 * FlatlineWatchdog, and as pure. Samples are the numbers of FlatlineStillness (flatline-examiner.h).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 stacks, still;                     /* of the newest sample */
  gint64 since_us;                           /* the stacks were the same from then on */
  guint64 diagnosed_stacks, diagnosed_still; /* when they were looked at last; 0: never */
  gboolean all_stand;                        /* at the newest sample, and were not looked at so */
  gboolean all_stood;                        /* when the newest look began */
  char *suspicion;                           /* that is to be seen again before it is a freeze; NULL: none */
  gint64 pause_us;                           /* after the newest look that found nothing */
} FlatlineStanding;

void
flatline_standing_clear (FlatlineStanding *self);

/* A sample: whether all stand, and are worth a look. */
gboolean
flatline_standing_sample (FlatlineStanding *self, guint64 stacks, guint64 still, gint64 now_us);
/* Whether some are. */
gboolean
flatline_standing_has_news (const FlatlineStanding *self);

/* A look at them begins; what was looked at is to be looked at again. */
void
flatline_standing_look (FlatlineStanding *self);
void
flatline_standing_forget (FlatlineStanding *self);

/*
 * The look saw a deadlock. Where other threads go on it may have come upon a moment that lasts: what is beyond doubt is
 * seen twice, with the same threads that have not moved between, of which @standing tells; NULL: it does not.
 */
gboolean
flatline_standing_is_seen_again (FlatlineStanding *self, const char *standing);

/* The look found nothing: for how long there is to be none. Threads that come to rest again and again, each well, are
 * looked at less and less often. @due_us: from when on this one could have been. */
gint64
flatline_standing_put_off (FlatlineStanding *self, gint64 due_us, gint64 least_us, gint64 now_us);

G_END_DECLS
