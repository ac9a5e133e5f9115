/* SPDX-License-Identifier: MIT */
/* Toasts with words as they are, whole: AdwToast reads its title as markup, so that “<module>” or “a & b” would not be
 * shown, and cuts what is longer than a line. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

AdwToast *
flatline_toast_new (const char *line);

/* What stays until it is sent away, or the next such line comes: something is not kept as it should be. */
void
flatline_toast_warn (AdwToastOverlay *overlay, const char *line);

/* What a person did or asked for has this answer: it comes at once, in the place of the last one; a warning that was
 * there comes back after it. */
void
flatline_toast_answer (AdwToastOverlay *overlay, const char *line);

/* The same on the nearest overlay around @widget; without one it is not said. */
void
flatline_toast_say (GtkWidget *widget, const char *line);

G_END_DECLS
