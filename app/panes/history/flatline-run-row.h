/* SPDX-License-Identifier: MIT */
/* FlatlineRunRow: a run of this or another host: script, host, when; its heart beats while its supervisor lives. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-records.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_RUN_ROW (flatline_run_row_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineRunRow, flatline_run_row, FLATLINE, RUN_ROW, GtkWidget)

GtkWidget *
flatline_run_row_new (FlatlineRun *run);

G_END_DECLS
