/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLive: what is changed in the living program of a session, by commands as a person types them: `trace NAME`,
 * `untrace NAME`, `traces` and the rest of FlatlineLiveWord. Names are MODULE:FUNCTION, MODULE:CLASS.METHOD or
 * FILE:LINE. The program's agent does it (DESIGN.md, "Changes in the living program").
 *
 * Signals: "told" (const char *name, const char *line): a call of @name that is traced, in words, for people; "held"
 * (FlatlineSnapshot *): a thread has come to a breakpoint and stands there; "let-go": none stands any more.
 */
#pragma once

#include "flatline-records.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FlatlineSession FlatlineSession;

#define FLATLINE_TYPE_LIVE (flatline_live_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineLive, flatline_live, FLATLINE, LIVE, GObject)

/* @session owns it. Transfer full. */
FlatlineLive *
flatline_live_new (FlatlineSession *session);

/* Of FlatlineLiveChange: all that is traced or patched. Borrowed. */
GListStore *
flatline_live_get_changes (FlatlineLive *self);

/* Answers with what was done, in words; an error says what to do. */
void
flatline_live_command_async (
    FlatlineLive *self, const char *line, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
char *
flatline_live_command_finish (FlatlineLive *self, GAsyncResult *result, GError **error);

/* Takes one change back: what “untrace”, “unbreak” and “unpatch” do. */
void
flatline_live_undo (FlatlineLive *self, FlatlineLiveChange *change);

/* How many threads are held at a breakpoint. */
guint
flatline_live_get_n_held (FlatlineLive *self);

G_END_DECLS
