/* SPDX-License-Identifier: MIT */
/* What flatline-foreground.c and flatline-foreground-keys.c share. */
#pragma once

#include "flatline-console-server.h"
#include "flatline-console-word.h"
#include "flatline-console.h"
#include "flatline-event-lines.h"
#include "flatline-foreground.h"
#include "flatline-output-queue.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_KEYS_TO_PROGRAM,
  FLATLINE_KEYS_TO_CONSOLE,
  FLATLINE_KEYS_TO_SHELL_LINE,
} FlatlineForegroundKeys;

typedef struct
{
  FlatlineSession *session;
  FlatlineForegroundOptions options;
  GMainLoop *loop;
  FlatlineOutputQueue *output;
  FlatlineEventLines *event_lines;
  FlatlineConsole *console; /* NULL: none */
  FlatlineConsoleWord *word;
  FlatlineConsoleServer *console_server; /* NULL: none */
  GPtrArray *sources;                    /* GSource * of signals */
  GSource *input_source;                 /* of stdin, NULL: none */
  FlatlineForegroundKeys keys;
  gboolean input_is_piped; /* the program's */
  gboolean input_is_given; /* and it reads our stdin itself */
  gboolean has_terminal;
  gboolean loss_told;
  gboolean restarting; /* its end is not ours */
  gboolean leaving;    /* its end is ours */
  gint64 last_interrupt_us;
  int status;
} FlatlineForeground;

/* Words for people on stderr, past what the console holds back of the program's output. */
void
flatline_foreground_print_error (const char *text, gpointer self);

/* --- flatline-foreground-keys.c --- */

/* Both NULL: by hand. Nothing without a console, and while a line for a shell is typed. */
void
flatline_foreground_open_console (FlatlineForeground *self, FlatlineFreeze *freeze, FlatlineSnapshot *snapshot);

/* Runs the line, and goes on with the console. */
void
flatline_foreground_give_line_to_shell (FlatlineForeground *self, const char *data, gsize length);

/* Whether another Ctrl+C was just before this one. */
gboolean
flatline_foreground_is_second_interrupt (FlatlineForeground *self);

/* Takes what comes on stdin from now on. */
void
flatline_foreground_watch_input (FlatlineForeground *self);

G_END_DECLS
