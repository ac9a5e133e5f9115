/* SPDX-License-Identifier: MIT */
/* A window for one value that does not fit a cell: a long string, bytes, a big repr. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-records.h"

G_BEGIN_DECLS

/* Shows @value over the window of @parent. */
void
flatline_value_viewer_present (GtkWidget *parent, FlatlineValue *value);

G_END_DECLS
