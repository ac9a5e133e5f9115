/* SPDX-License-Identifier: MIT */
/* How long a wait may still take, as people say it. Told from a minute on: less has passed before one has read it. */
#include "flatline-thread-facts.h"

#include <glib/gi18n.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* What a program passes that wants no end, as threading.TIMEOUT_MAX, is centuries. */
#define FOR_EVER (10000 * (gint64)DAY)

char *
flatline_thread_dup_time_left (FlatlineThread *thread)
{
  const gint64 seconds = thread->timeout_ms / 1000;

  if (seconds < MINUTE || seconds >= FOR_EVER)
    return NULL;
  if (seconds < HOUR)
    /* Translators: minutes, seconds */
    return g_strdup_printf (_ ("%d min %d s"), (int)(seconds / MINUTE), (int)(seconds % MINUTE));
  if (seconds < DAY)
    return g_strdup_printf (_ ("%d h %d min"), (int)(seconds / HOUR), (int)(seconds % HOUR / MINUTE));
  return g_strdup_printf (_ ("%d d %d h"), (int)(seconds / DAY), (int)(seconds % DAY / HOUR));
}
