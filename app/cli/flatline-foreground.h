/* SPDX-License-Identifier: MIT */
/*
 * FlatlineForeground: one session in the foreground of a terminal. It passes the program's output out, keys and window
 * size in, opens the crash console, and decides when it is over. With JSON lines there is no console, and the session's
 * events take the place of the output.
 *
 * Keys: all go to the program, Ctrl+C too. Ctrl+\ opens the console; so does a second Ctrl+C within a second. Where
 * stdin is no terminal, a first SIGINT is passed on, a second within a second kills the program and all its processes.
 */
#pragma once

#include "flatline-session.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean json;
  gboolean console;
  gboolean exit_after_freeze;
} FlatlineForegroundOptions;

/* Starts the session and returns when all is over. The exit status of this process: the program's, 128 + signal, 1
 * or 2. */
int
flatline_foreground_run (FlatlineSession *session, FlatlineStore *store, const FlatlineForegroundOptions *options);

G_END_DECLS
