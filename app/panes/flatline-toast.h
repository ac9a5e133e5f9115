/* SPDX-License-Identifier: MIT */
/* Toasts with words as they are: AdwToast reads its title as markup, and “<module>” or “a & b” would not be shown. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

AdwToast *
flatline_toast_new (const char *line);

/* On the nearest overlay around @widget; without one it is not said. */
void
flatline_toast_say (GtkWidget *widget, const char *line);

G_END_DECLS
