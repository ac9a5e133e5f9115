/* SPDX-License-Identifier: MIT */
/* What the banner and notifications call a freeze, and an exception. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* "FLATLINED 04:12:09 after LOAD in main"; words are left out where unknown. Transfer full. */
char *
flatline_banner_words_format_freeze (gint64 time_us, const char *reason, const char *caller);

/* "FLATLINED 04:12:09 in process 1234", which the program has started. Transfer full. */
char *
flatline_banner_words_format_other (gint64 time_us, gint64 pid);

/* "Uncaught exception 04:12:09". @exception may be NULL, @time is in words. Transfer full. */
char *
flatline_banner_words_format_exception (FlatlineExceptionInfo *exception, const char *time);

G_END_DECLS
