/* SPDX-License-Identifier: MIT */
/* Whether what is about to be closed may end the programs in it. It goes when they have ended by themselves. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

typedef void (*FlatlineEndAnswered) (GtkWindow *window, gboolean end, gpointer user_data);

/*
 * Over @window; @answered is called once, unless @window goes before. Escape is no, and so is the end of the last
 * program: who asked sees how it ended. @sessions: GPtrArray of FlatlineSession, those that run, at least one.
 */
void
flatline_end_question_ask (
    GtkWindow *window, GPtrArray *sessions, const char *text, FlatlineEndAnswered answered, gpointer user_data);

G_END_DECLS
