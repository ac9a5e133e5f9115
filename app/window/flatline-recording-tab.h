/* SPDX-License-Identifier: MIT */
/* A tab with a recording: the panes of a snapshot, and a bar that steps through it. */
#pragma once

#include "flatline-window.h"

G_BEGIN_DECLS

/* Reads the recording at @path in a worker and shows it, or says why not; @shown is called in the first case. */
void
flatline_recording_tab_open (FlatlineWindow *window, const char *path, void (*shown) (const char *path));

G_END_DECLS
