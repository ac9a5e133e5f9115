/* SPDX-License-Identifier: MIT */
/*
 * The sessions of the application. One is kept until its program has ended and nobody shows it any more, so that a
 * program whose tab is gone is still asked to close, insisted upon, and its last words stored. Main thread.
 */
#pragma once

#include <gio/gio.h>

#include "flatline-session.h"

G_BEGIN_DECLS

typedef struct _FlatlineSessionKeeper FlatlineSessionKeeper;

/* @application (borrowed) is held while a program that nobody shows has not ended. */
FlatlineSessionKeeper *
flatline_session_keeper_new (GApplication *application);
void
flatline_session_keeper_free (FlatlineSessionKeeper *self);

/* Transfer full. */
void
flatline_session_keeper_add (FlatlineSessionKeeper *self, FlatlineSession *session);

/* The one whose run has @run_uid; borrowed, NULL none. */
FlatlineSession *
flatline_session_keeper_find (FlatlineSessionKeeper *self, const char *run_uid);

/* Nobody shows it any more: its program is asked to close, and it is let go when that has ended. */
void
flatline_session_keeper_abandon (FlatlineSessionKeeper *self, FlatlineSession *session);

/*
 * Abandons all and waits until their programs have ended: as long as Close takes for the slowest of them at most, then
 * they are killed, for which there are @kill_ms. Runs the main loop meanwhile.
 */
void
flatline_session_keeper_end_all (FlatlineSessionKeeper *self, guint kill_ms);

/* SIGKILL to all, without waiting. */
void
flatline_session_keeper_kill_all (FlatlineSessionKeeper *self);

G_END_DECLS
