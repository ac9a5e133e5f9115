/* SPDX-License-Identifier: MIT */
/* What opening and restoring need of the application. */
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

/* Starts @argv in @folder and shows it in @window. @environment NULL: ours. */
gboolean
flatline_application_run (FlatlineApplication *self,
                          FlatlineWindow *window,
                          FlatlineConfig *config,
                          const char *const *argv,
                          const char *folder,
                          const char *const *environment,
                          GError **error);

/* Shows it as it was left: it is not started unless that was asked for. */
void
flatline_application_add_stopped (FlatlineApplication *self, FlatlineWindow *window, char **argv, const char *folder);

/* What is open is not kept while it comes back. */
void
flatline_application_set_restoring (FlatlineApplication *self, gboolean restoring);

void
flatline_application_set_exit_status (FlatlineApplication *self, int status);

/* Borrowed. */
GSettings *
flatline_application_get_settings (FlatlineApplication *self);

G_END_DECLS
