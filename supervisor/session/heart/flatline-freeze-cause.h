/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFreezeCause: why FlatlineWatchdog takes a program for frozen, in the order of their strength; what a look at
 * its stacks must have seen for that, and the words for it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_CAUSE_NONE,
  FLATLINE_CAUSE_STOPPED,  /* state T, by no debugger */
  FLATLINE_CAUSE_DISK,     /* state D, look by look */
  FLATLINE_CAUSE_SHUTDOWN, /* interpreter does not come to its end */
  FLATLINE_CAUSE_LOOP,
  FLATLINE_CAUSE_INTERPRETER,
  FLATLINE_CAUSE_PROGRAM,
  FLATLINE_CAUSE_STARTUP,   /* the agent should have said hello long ago */
  FLATLINE_CAUSE_DIAGNOSIS, /* a deadlock or a kept GIL, however quiet */
  FLATLINE_N_CAUSES,
} FlatlineFreezeCause;

typedef struct
{
  const char *kind; /* of its verdict; NULL: it saw nothing */
  gboolean is_certain;
  gboolean strict_beats;
  gboolean has_agent;
  gboolean stood_long; /* nothing has moved for as long as an agent may be silent */
} FlatlineLook;

/* Whether what the look saw makes the silence a freeze. */
gboolean
flatline_freeze_cause_is_confirmed (FlatlineFreezeCause cause, const FlatlineLook *look);

/* "program beats silent for 2.6 s". @diagnosis: the kind of the verdict that confirmed it, or NULL. Transfer full. */
char *
flatline_freeze_cause_dup_text (FlatlineFreezeCause cause, gboolean has_agent, const char *diagnosis, double seconds);

G_END_DECLS
