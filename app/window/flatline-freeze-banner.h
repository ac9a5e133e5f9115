/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFreezeBanner: the line that says FLATLINED, with time, last reason and caller, the verdict and what can be
 * done about it. Also, calmly: what a running program was doing when asked, how it ended, that it beats again, and what
 * a stored snapshot is.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "session" (FlatlineSession, nullable), "snapshot" (FlatlineSnapshot, nullable). */
#define FLATLINE_TYPE_FREEZE_BANNER (flatline_freeze_banner_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineFreezeBanner, flatline_freeze_banner, FLATLINE, FREEZE_BANNER, GtkWidget)

G_END_DECLS
