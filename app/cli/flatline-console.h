/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConsole: the crash console. It knows the keys and words (DESIGN.md, "Command line") and what each does with a
 * session; where keys come from and where text goes is its owner's affair.
 */
#pragma once

#include "flatline-session.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_CONSOLE (flatline_console_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineConsole, flatline_console, FLATLINE, CONSOLE, GObject)

typedef enum
{
  FLATLINE_CONSOLE_STAYS,      /* wait for the next key */
  FLATLINE_CONSOLE_CLOSES,     /* back to the program: wait on */
  FLATLINE_CONSOLE_RESTARTS,   /* back to the program, which ends (if it runs) and starts again */
  FLATLINE_CONSOLE_WANTS_LINE, /* a shell command is to be typed: give the line to flatline_console_run_shell() */
} FlatlineConsoleNext;

typedef void (*FlatlineConsolePrintFunc) (const char *text, gpointer user_data);

/* Words and a new line, of which text of the program may be part: what acts on a terminal is told, not sent. */
void
flatline_console_print_line (FlatlineConsolePrintFunc print, gpointer user_data, const char *words);

/* Transfer full. */
FlatlineConsole *
flatline_console_new (FlatlineSession *session, FlatlineConsolePrintFunc print, gpointer user_data);

/* Without colours, wherever stderr goes. */
void
flatline_console_set_plain (FlatlineConsole *self);

/* What happened, and the keys. @freeze and @snapshot may be NULL: opened by hand. */
void
flatline_console_show_banner (FlatlineConsole *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);

/* @command: a key or a word, perhaps with an argument ("7 ls -l"). Text that takes time is printed when it is there. */
FlatlineConsoleNext
flatline_console_handle (FlatlineConsole *self, const char *command);

/* The key of the command that @command, a key or a word with whatever follows, names; 0 when there is none. */
char
flatline_console_find_key (const char *command);

/* Runs @line in a shell, at most 20 s, and prints what it said. */
void
flatline_console_run_shell (FlatlineConsole *self, const char *line);

G_END_DECLS
