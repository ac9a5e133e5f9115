/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOpening: files on their way into a window, in their order, or a program with its arguments. A person chose
 * them in the window, a command line named them and waits for the answer, or they were open before. It ends by itself.
 */
#pragma once

#include "flatline-application.h"
#include "flatline-command-line.h"
#include "flatline-window.h"

G_BEGIN_DECLS

typedef struct _FlatlineOpening FlatlineOpening;
typedef void (*FlatlineOpeningDone) (FlatlineApplication *application);

/* Of the files @paths, which are absolute, each as it is when it is called alone. */
FlatlineOpening *
flatline_opening_new (FlatlineApplication *application, FlatlineWindow *window, const char *const *paths);

/* Of what a person chose, or another program: @files are GFile. What cannot be opened is told at the end. */
FlatlineOpening *
flatline_opening_new_for_files (FlatlineApplication *application, FlatlineWindow *window, GSList *files);

/* Of what @command_line asks for, which is held until it is done; @fresh: @window was made for it. */
FlatlineOpening *
flatline_opening_new_for_command (FlatlineApplication *application,
                                  FlatlineWindow *window,
                                  GApplicationCommandLine *command_line,
                                  gboolean fresh);
void
flatline_opening_take_command (FlatlineOpening *opening, FlatlineCommandLine *command, const char *folder);

/* Of a program as it was left (flatline_application_add_stopped ()). */
FlatlineOpening *
flatline_opening_new_stopped (FlatlineApplication *application,
                              FlatlineWindow *window,
                              const char *const *argv,
                              const char *folder);

/* @done is called at the end, instead of words when something was not opened. */
void
flatline_opening_set_done (FlatlineOpening *opening, FlatlineOpeningDone done);

/* Takes @opening. */
void
flatline_opening_begin (FlatlineOpening *opening);

/* The same, without opening anything (more): @error is told to whoever waits. */
void
flatline_opening_end (FlatlineOpening *opening, const GError *error);

G_END_DECLS
