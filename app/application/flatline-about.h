/* SPDX-License-Identifier: MIT */
/* Who made this, and which version it is. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @parent may be NULL. */
void
flatline_about_present (GtkWindow *parent);

G_END_DECLS
