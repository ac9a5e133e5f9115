/* SPDX-License-Identifier: MIT */
/* Files that are dropped on the window. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*FlatlineFileDropFunc) (GtkWidget *window, GSList *files);

/* @function is called with the files (GFile) that are dropped on @window; meanwhile @content shows that it takes them.
 */
void
flatline_file_drop_accept (GtkWidget *window, GtkWidget *content, FlatlineFileDropFunc function);

G_END_DECLS
