/* SPDX-License-Identifier: MIT */
/*
 * Texts of programs, in labels. What turns the direction of writing (U+202E and its kin) would act on all that stands
 * behind it: on the words around a name, on the line it is on. Of a control character a person would see an empty box.
 * Both are shown as the escapes that they have in a program, as in the terminal.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Transfer full; NULL for NULL. */
char *
flatline_shown_text_dup (const char *text);

/* As many characters: each that turns the direction is U+FFFD. Takes @text. */
char *
flatline_shown_text_blot (char *text);

/* NULL: none. */
void
flatline_shown_text_set (GtkLabel *label, const char *text);

G_END_DECLS
