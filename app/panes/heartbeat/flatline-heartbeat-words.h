/* SPDX-License-Identifier: MIT */
/* What the heartbeat graph shows, in words: for who points at it, and for a screen reader. */
#pragma once

#include "flatline-heartbeat-record.h"

G_BEGIN_DECLS

/* Transfer full, both. */
char *
flatline_heartbeat_describe_mark (const FlatlineMark *mark);
char *
flatline_heartbeat_describe_beat (const FlatlineKeptBeat *beat, FlatlineLane lane);

G_END_DECLS
