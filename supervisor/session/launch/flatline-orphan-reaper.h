/* SPDX-License-Identifier: MIT */
/*
 * Collects the orphans that came to us as subreaper when they end, so that no zombie stays, without touching children
 * that somebody else of this process waits for (GLib's child watches, a shell command, another session's program).
 *
 * A child counts as ours to collect when it was told so, belongs to a terminal session of ours, or carries a run's
 * token in its environment. A zombie nobody collected for some seconds is taken too: GLib collects at once. All calls
 * on the main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* While somebody watches, children are looked through every half second. */
void
flatline_orphan_reaper_watch (void);
void
flatline_orphan_reaper_unwatch (void);

/* Never to be collected here: somebody waits for it. Ends with _release(). */
void
flatline_orphan_reaper_reserve (gint64 pid);
void
flatline_orphan_reaper_release (gint64 pid);

/* To be collected here when it ends; with everything of its terminal session when it leads one. */
void
flatline_orphan_reaper_adopt (gint64 pid);

/*
 * The living children of this process that belong to the terminal session @terminal_session or carry @token, without
 * @terminal_session itself: a program's orphans. Transfer full, GArray of gint64.
 */
GArray *
flatline_orphan_reaper_list (gint64 terminal_session, const char *token);

/* A child of ours is just ending: what it has started will come to us. */
gboolean
flatline_orphan_reaper_sees_ending (void);

/* Looks now; returns how many were collected. */
guint
flatline_orphan_reaper_collect (void);

G_END_DECLS
