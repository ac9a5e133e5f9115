/* SPDX-License-Identifier: MIT */
/*
 * What a person has set once and for all: from GSettings to the settings of a session. A config.ini beside the program
 * goes over it.
 */
#pragma once

#include <adwaita.h>

#include "flatline-config.h"

G_BEGIN_DECLS

/* Transfer full. */
FlatlineConfig *
flatline_preferences_new_config (GSettings *settings);

/* The same with the file @given, else a config.ini in @folder, over it; without it where it cannot be read. Waits for
 * the file, as only who has no window yet may. Transfer full. */
FlatlineConfig *
flatline_preferences_load_config (GSettings *settings, const char *given, const char *folder);

/* The same, read in a worker. @warn: what is odd in it goes to stderr. */
void
flatline_preferences_load_config_async (GSettings *settings,
                                        const char *given,
                                        const char *folder,
                                        gboolean warn,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/* NULL with the reason where it cannot be read. Transfer full. */
FlatlineConfig *
flatline_preferences_load_config_finish (GAsyncResult *result, GError **error);

/* The server's password lies in a file that only its owner reads, not among the settings. Transfer full, never NULL. */
char *
flatline_preferences_dup_password (void);
gboolean
flatline_preferences_set_password (const char *password, GError **error);

/* Light, dark, or as the desktop; follows the setting from now on. */
void
flatline_preferences_follow_color_scheme (GSettings *settings);

/* The Preferences window. */
void
flatline_preferences_present (GtkWindow *parent, GSettings *settings);

G_END_DECLS
