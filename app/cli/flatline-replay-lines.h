/* SPDX-License-Identifier: MIT */
/* Steps of a recording as lines for people, and as JSON for machines. */
#pragma once

#include "flatline-recording.h"

G_BEGIN_DECLS

/* "#12 0.000123 s MainThread shop.py:18 in main: line", its source and what the line before has changed. */
void
flatline_replay_print_step (FlatlineRecording *recording, guint event);

/* One line, indented by its depth. */
void
flatline_replay_print_line (FlatlineRecording *recording, guint event);

/* One JSON object a line. */
void
flatline_replay_print_json (FlatlineRecording *recording, guint event);

/* One line with the name and text of @value, after @indent. */
void
flatline_replay_print_value (FlatlineValue *value, const char *indent);

G_END_DECLS
