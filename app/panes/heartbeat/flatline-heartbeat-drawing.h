/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatDrawing: the heartbeat graph as it stands in its pane. What is over is drawn once and then moved
 * (flatline-heartbeat-strips).
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-heartbeat-axis.h"
#include "flatline-heartbeat-record.h"

G_BEGIN_DECLS

typedef struct _FlatlineHeartbeatDrawing FlatlineHeartbeatDrawing;

FlatlineHeartbeatDrawing *
flatline_heartbeat_drawing_new (GtkWidget *widget);
void
flatline_heartbeat_drawing_free (FlatlineHeartbeatDrawing *self);

/* Fonts, colours or the scale have changed. */
void
flatline_heartbeat_drawing_forget (FlatlineHeartbeatDrawing *self);

/* What lies at @from_us or later has changed; G_MININT64: everything. */
void
flatline_heartbeat_drawing_forget_from (FlatlineHeartbeatDrawing *self, gint64 from_us);

/* What a person points at: a lane and a time; time_us 0 none. */
typedef struct
{
  FlatlineLane lane;
  gint64 time_us;
  const char *text; /* what is known of it */
} FlatlineHeartbeatCursor;

/* @now_us: how far an open freeze reaches. */
void
flatline_heartbeat_drawing_draw (FlatlineHeartbeatDrawing *self,
                                 GtkSnapshot *snapshot,
                                 FlatlineHeartbeatRecord *record,
                                 const FlatlineHeartbeatAxis *axis,
                                 gint64 right_us,
                                 gint64 now_us,
                                 const FlatlineHeartbeatCursor *cursor);

/* What the names of the lanes take at the left, by the language and the font. */
int
flatline_heartbeat_drawing_get_label_width (FlatlineHeartbeatDrawing *self);

/* The height of one lane in a pane of @height. */
double
flatline_heartbeat_drawing_get_lane_height (FlatlineHeartbeatDrawing *self, double height);

/* In which the names of the lanes and the clock can be read, by the font. */
int
flatline_heartbeat_drawing_get_least_height (FlatlineHeartbeatDrawing *self);

const char *
flatline_heartbeat_lane_get_label (FlatlineLane lane);

G_END_DECLS
