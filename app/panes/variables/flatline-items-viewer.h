/* SPDX-License-Identifier: MIT */
/* The window for a large container of a living program: from any item on, and what of it matches words. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-examiner.h"

G_BEGIN_DECLS

/* Whether there is anything to look for in @value (nullable) with @examiner (nullable). */
gboolean
flatline_items_viewer_is_possible (FlatlineValue *value, FlatlineExaminer *examiner);

/* A window of its own over the one of @parent. */
void
flatline_items_viewer_present (GtkWidget *parent, FlatlineValue *value, FlatlineExaminer *examiner);

G_END_DECLS
