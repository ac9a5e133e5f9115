/* SPDX-License-Identifier: MIT */
/* What the actions, opening and restoring need of the application. */
#pragma once

#include "flatline-application.h"
#include "flatline-config.h"
#include "flatline-window.h"

G_BEGIN_DECLS

/* Another one, and the one that was used last, else another one. Both show it. */
FlatlineWindow *
flatline_application_create_window (FlatlineApplication *self);
FlatlineWindow *
flatline_application_ensure_window (FlatlineApplication *self);

/* The one that was used last, and the one that shows @session, else the one that was used last; NULL: there is none. */
FlatlineWindow *
flatline_application_get_window (FlatlineApplication *self);
FlatlineWindow *
flatline_application_find_window (FlatlineApplication *self, FlatlineSession *session);

/* That of a notification; NULL: it is no more. Borrowed. */
FlatlineSession *
flatline_application_find_session (FlatlineApplication *self, const char *uid);

/* flatline-application-actions.c */
void
flatline_application_add_actions (FlatlineApplication *self);

/* @error NULL: the program was started. */
typedef void (*FlatlineApplicationRan) (const GError *error, gpointer user_data);

/* Shows @argv in @window and starts it in @folder, once its tab is made. @file: what @argv names, NULL: no file that is
 * there, and no tab for what cannot be started. @environment NULL: ours. */
void
flatline_application_run (FlatlineApplication *self,
                          FlatlineWindow *window,
                          FlatlineConfig *config,
                          const char *file,
                          const char *const *argv,
                          const char *folder,
                          const char *const *environment,
                          FlatlineApplicationRan ran,
                          gpointer user_data);

/* Shows it as it was left: it is not started unless that was asked for. */
void
flatline_application_add_stopped (FlatlineApplication *self,
                                  FlatlineWindow *window,
                                  FlatlineConfig *config,
                                  const char *const *argv,
                                  const char *folder);

/* What is open is not kept while it comes back. */
void
flatline_application_set_restoring (FlatlineApplication *self, gboolean restoring);

void
flatline_application_set_exit_status (FlatlineApplication *self, int status);

/* Borrowed. */
GSettings *
flatline_application_get_settings (FlatlineApplication *self);

G_END_DECLS
