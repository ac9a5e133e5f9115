/* SPDX-License-Identifier: MIT */
/* What was opened lately: for the desktop's list of recent files and for the window's own. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file for the desktop's list. */
void
flatline_recent_files_add (const char *path);

/* A script that ran, for both. */
void
flatline_recent_files_add_script (GSettings *settings, const char *path);

G_END_DECLS
