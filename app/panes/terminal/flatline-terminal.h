/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTerminal: a VteTerminal in the colours of the desktop that tells when its size changes, with copy, paste and
 * a menu. The output pane and the shell pane show one each.
 *
 * Signal: "size-changed" (int columns, int rows). Actions: terminal.copy, .paste, .select-all, .clear.
 */
#pragma once

#include <vte/vte.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_TERMINAL (flatline_terminal_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineTerminal, flatline_terminal, FLATLINE, TERMINAL, VteTerminal)

/* Shows bytes that did not come from a terminal: a bare line feed also returns to the first column. */
void
flatline_terminal_feed_text (FlatlineTerminal *self, const char *text, gsize length);

/* Escape sequences, in their place between the texts. */
void
flatline_terminal_feed_codes (FlatlineTerminal *self, const char *codes);

/* Empties it, also of what it was given and does not show yet. */
void
flatline_terminal_clear (FlatlineTerminal *self);

/* Whether what was fed so far ends amid a line. */
gboolean
flatline_terminal_is_amid_line (FlatlineTerminal *self);

G_END_DECLS
