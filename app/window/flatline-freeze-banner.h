/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFreezeBanner: the line that says FLATLINED, with time, last reason and caller, the verdict and what can be
 * done about it. Also, calmly: how a program ended, that it beats again, and what a stored snapshot is.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable), "snapshot" (FlatlineSnapshot, nullable). */
#define FLATLINE_TYPE_FREEZE_BANNER (flatline_freeze_banner_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineFreezeBanner, flatline_freeze_banner, FLATLINE, FREEZE_BANNER, GtkWidget)

/* "FLATLINED 04:12:09 after LOAD in main"; words are left out where unknown. Transfer full. */
char *
flatline_freeze_banner_format_title (gint64 time_us, const char *reason, const char *caller);

G_END_DECLS
