/* SPDX-License-Identifier: MIT */
/* Whether what is about to be closed may end the programs in it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*FlatlineEndAnswered) (GtkWindow *window, gboolean end, gpointer user_data);

/* Over @window; @answered is called once, unless @window goes before. Escape is no. */
void
flatline_end_question_ask (GtkWindow *window,
                           const char *heading,
                           const char *text,
                           guint n_programs,
                           FlatlineEndAnswered answered,
                           gpointer user_data);

G_END_DECLS
