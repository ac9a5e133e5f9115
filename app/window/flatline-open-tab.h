/* SPDX-License-Identifier: MIT */
/* FlatlineOpenTabs: what was open when Flatline was closed, kept in GSettings, so that it can come back. */
#pragma once

#include <gio/gio.h>

#include "flatline-session.h"

G_BEGIN_DECLS

typedef struct
{
  char *folder;           /* where the program runs; NULL for a snapshot */
  char **argv;            /* of the program; NULL for a snapshot */
  gboolean begins_window; /* one of its own, which the tabs behind it are in, too */
  char *origin;           /* where the snapshot came from: a path, or "freeze:12" of the store; NULL for a program */
} FlatlineOpenTab;

void
flatline_open_tab_free (FlatlineOpenTab *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineOpenTab, flatline_open_tab_free)

/* Either of the two is not NULL. */
FlatlineOpenTab *
flatline_open_tab_new (FlatlineSession *session, const char *origin);

void
flatline_open_tabs_save (GSettings *settings, GPtrArray *tabs);

/* Transfer full, of FlatlineOpenTab, in their order. */
GPtrArray *
flatline_open_tabs_load (GSettings *settings);

/* The id behind "freeze:12"; 0 for a path. */
gint64
flatline_open_tab_get_freeze_id (FlatlineOpenTab *self);

G_END_DECLS
