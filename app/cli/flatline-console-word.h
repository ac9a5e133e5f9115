/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConsoleWord: keys become commands. A digit acts at once; a letter is one ("r") or begins a word ("vars",
 * "shell ls"), which is shown as it is typed and acts at Enter.
 */
#pragma once

#include "flatline-console.h"

G_BEGIN_DECLS

typedef struct _FlatlineConsoleWord FlatlineConsoleWord;

FlatlineConsoleWord *
flatline_console_word_new (FlatlineConsolePrintFunc print, gpointer user_data);
void
flatline_console_word_free (FlatlineConsoleWord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineConsoleWord, flatline_console_word_free)

/* What @key completes, for flatline_console_handle(); NULL while a word is typed. Transfer full. */
char *
flatline_console_word_take (FlatlineConsoleWord *self, char key);

/* TRUE while no word has been begun. */
gboolean
flatline_console_word_is_empty (FlatlineConsoleWord *self);

/* Forgets what was typed so far. */
void
flatline_console_word_reset (FlatlineConsoleWord *self);

G_END_DECLS
