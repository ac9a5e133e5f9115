/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatInk: what the heartbeat graph is drawn with: its colours by the theme, the picture of a beat, which
 * is made once and set down many times, and layouts of the words, which are kept.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-heartbeat-record.h"

G_BEGIN_DECLS

#define FLATLINE_BEAT_WIDTH     9.0
#define FLATLINE_HEARTBEAT_LINE 1.4

/* Of one lane: an image of the rows that a beat has something in. */
typedef struct
{
  cairo_surface_t *image;
  double top; /* below the lane's */
  double height;
} FlatlineBeatPicture;

typedef struct
{
  GtkWidget *widget; /* borrowed: whose fonts and colours these are */
  GdkRGBA foreground;
  GdkRGBA alive;
  GdkRGBA flat;
  int scale; /* pixels of the screen a unit */
  double lane_height;
  double line; /* of a lane: where it lies below its top */
  FlatlineBeatPicture beats[FLATLINE_LANE_PROCESS];
  GHashTable *layouts; /* text -> PangoLayout */
  GHashTable *times;   /* text -> GskRenderNode */
  GTimeZone *zone;
} FlatlineHeartbeatInk;

FlatlineHeartbeatInk *
flatline_heartbeat_ink_new (GtkWidget *widget);
void
flatline_heartbeat_ink_free (FlatlineHeartbeatInk *self);

/* Fonts or colours have changed. */
void
flatline_heartbeat_ink_forget (FlatlineHeartbeatInk *self);

/* As the widget is now. Whether what was drawn before looks otherwise. */
gboolean
flatline_heartbeat_ink_prepare (FlatlineHeartbeatInk *self, double lane_height);

/* Kept by the text, which is always asked for in one size; borrowed. */
PangoLayout *
flatline_heartbeat_ink_get_layout (FlatlineHeartbeatInk *self, const char *text, double font_scale);

/* Of a time with what is above and below it. */
int
flatline_heartbeat_ink_get_clock_height (FlatlineHeartbeatInk *self);

/* And from its begin to that of the next one. */
double
flatline_heartbeat_ink_get_clock_width (FlatlineHeartbeatInk *self);

/* What the clock below the lanes says, with its top left at @x and @y. */
void
flatline_heartbeat_ink_append_time (
    FlatlineHeartbeatInk *self, GtkSnapshot *snapshot, const char *text, double x, double y);

/* How far local time is ahead of UTC then. */
gint64
flatline_heartbeat_ink_get_utc_offset_us (FlatlineHeartbeatInk *self, gint64 time_us);

void
flatline_heartbeat_ink_append (
    GtkSnapshot *snapshot, const GdkRGBA *color, double alpha, double x, double y, double width, double height);
void
flatline_heartbeat_ink_append_text (
    FlatlineHeartbeatInk *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, double alpha);

void
flatline_heartbeat_ink_fill (
    cairo_t *cr, const GdkRGBA *color, double alpha, double x, double y, double width, double height);

/* The beat of @lane which begins at @x, its top row at 0. */
void
flatline_heartbeat_ink_beat (FlatlineHeartbeatInk *self, cairo_t *cr, FlatlineLane lane, double x);

G_END_DECLS
