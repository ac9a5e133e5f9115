/* SPDX-License-Identifier: MIT */
/* The headings of freezes and exceptions. */
#include "config.h"

#include "flatline-banner-words.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "flatline-freeze-row.h"

char *
flatline_banner_words_format_freeze (gint64 time_us, const char *reason, const char *caller)
{
  g_autofree char *time = flatline_format_time (time_us);

  if (reason && *reason && caller && *caller)
    /* Translators: time, the last beat's reason and caller */
    return g_strdup_printf (_ ("FLATLINED %s after %s in %s"), time, reason, caller);
  if (reason && *reason)
    return g_strdup_printf (_ ("FLATLINED %s after %s"), time, reason);
  return g_strdup_printf (_ ("FLATLINED %s"), time);
}

char *
flatline_banner_words_format_other (gint64 time_us, gint64 pid)
{
  g_autofree char *time = flatline_format_time (time_us);

  return g_strdup_printf (_ ("FLATLINED %s in process %" PRId64), time, pid);
}

/* Uncaught is what ended the program or one of its threads; others it has survived, or told of by itself. */
char *
flatline_banner_words_format_exception (FlatlineExceptionInfo *exception, const char *time)
{
  static const char *const uncaught[] = { "uncaught", "thread", "callback", "asyncio", "multiprocessing", NULL };
  const char *context = exception ? exception->context : NULL;

  if (!context || !*context)
    return g_strdup_printf (/* Translators: a time */ _ ("Exception %s"), time);
  if (g_strv_contains (uncaught, context))
    return g_strdup_printf (_ ("Uncaught exception %s"), time);
  if (g_str_equal (context, "unraisable"))
    return g_strdup_printf (/* Translators: a time */ _ ("Exception that Python ignored %s"), time);
  return g_strdup_printf (/* Translators: a time, the program's own word for where */
                          _ ("Exception %s, reported by the program (%s)"), time, context);
}
