/* SPDX-License-Identifier: MIT */
/* Which keys are commands follows from what has the focus. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on, in @window. */
void
flatline_key_focus_follow (GtkWindow *window);

/* Before @window goes. */
void
flatline_key_focus_end (GtkWindow *window);

G_END_DECLS
