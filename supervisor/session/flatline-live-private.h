/* SPDX-License-Identifier: MIT */
/* What the files of FlatlineLive share. */
#pragma once

#include "flatline-live.h"
#include "flatline-session-private.h"

G_BEGIN_DECLS

struct _FlatlineLive
{
  GObject parent_instance;
  FlatlineSession *session; /* borrowed: it owns this */
  GListStore *changes;      /* of FlatlineLiveChange */
  GPtrArray *held;          /* of threads at breakpoints, in the order they came */
  gint64 held_since_us;     /* monotonic; the first of them */
  GPtrArray *askers;        /* who gave a command from elsewhere */
};

void
flatline_live_emit_held (FlatlineLive *self, FlatlineSnapshot *snapshot);
void
flatline_live_emit_let_go (FlatlineLive *self);

/* flatline-live-held.c */

/* For self->held. Transfer full. */
GPtrArray *
flatline_live_held_new (void);

/* A thread is at a breakpoint: takes what holds it, and reads the program. */
void
flatline_live_hold (FlatlineLive *self, FlatlineProgramEvent *event);

/* Lets go of all of them; how many they were. */
guint
flatline_live_let_go (FlatlineLive *self);

/* flatline-live-askers.c */

/* For self->askers. Transfer full. */
GPtrArray *
flatline_live_askers_new (void);
/* @line of a traced @call, to those whose trace it is. */
void
flatline_live_tell_askers (FlatlineLive *self, JsonObject *call, const char *line);
/* Those whose trace is over. */
void
flatline_live_dismiss_askers (FlatlineLive *self);

G_END_DECLS
