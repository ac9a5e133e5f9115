/* SPDX-License-Identifier: MIT */
/* A window for one value that does not fit a cell: a long string, bytes, a big repr. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-examiner.h"

G_BEGIN_DECLS

/* Shows @value over the window of @parent; what was cut short is read on with @examiner (NULL: the program is gone). */
void
flatline_value_viewer_present (GtkWidget *parent, FlatlineValue *value, FlatlineExaminer *examiner);

G_END_DECLS
