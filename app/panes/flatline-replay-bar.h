/* SPDX-License-Identifier: MIT */
/*
 * FlatlineReplayBar: where one is in a recording, and the ways from there: steps forward and back, a slider over all of
 * it, exceptions, a search. The panes beside it show the "snapshot" of the step.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-recording.h"

G_BEGIN_DECLS

/*
 * Properties: "recording" (FlatlineRecording, construct), "snapshot" (FlatlineSnapshot, of the step; read only).
 */
#define FLATLINE_TYPE_REPLAY_BAR (flatline_replay_bar_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineReplayBar, flatline_replay_bar, FLATLINE, REPLAY_BAR, GtkWidget)

FlatlineReplayBar *
flatline_replay_bar_new (FlatlineRecording *recording);

/* Goes where @name, a variable of @frame on the stack of the step (or "variable.attribute"), became what it is. */
void
flatline_replay_bar_go_to_change (FlatlineReplayBar *self, FlatlineFrame *frame, const char *name);

G_END_DECLS
