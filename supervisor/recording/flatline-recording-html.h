/* SPDX-License-Identifier: MIT */
/* A recording as one HTML page that steps through it in a browser, without anything from elsewhere. */
#pragma once

#include "flatline-recording.h"

G_BEGIN_DECLS

/* The last @max_events of it. Text of the program is data of the page, never its code. Transfer full. */
char *
flatline_recording_html (FlatlineRecording *self, guint max_events);

G_END_DECLS
