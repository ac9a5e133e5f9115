/* SPDX-License-Identifier: MIT */
/* FlatlineFreezeRow: one freeze of the past as two lines: what and when, then why. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-records.h"

G_BEGIN_DECLS

/* Properties: "freeze" (FlatlineFreeze, nullable). */
#define FLATLINE_TYPE_FREEZE_ROW (flatline_freeze_row_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineFreezeRow, flatline_freeze_row, FLATLINE, FREEZE_ROW, GtkWidget)

GtkWidget *
flatline_freeze_row_new (void);

/* "04:12" today, "Yesterday 04:12", "21 Nov 2026 04:12". Transfer full. */
char *
flatline_format_time (gint64 time_us);

G_END_DECLS
