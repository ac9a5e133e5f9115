/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStacks: the stacks of all threads of a target at one moment, as plain data. Of a target that runs, what
 * changed while it was read is read again until two readings agree. What a capture turns into records, and what a
 * sample turns into places.
 */
#pragma once

#include "flatline-stack-walk.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineThreadState state; /* of the outermost interpreter, where its name is known; what it does, of the innermost */
  guint first, n_frames;     /* its part of the frames, innermost first */
  gboolean complete;         /* the chain was followed to its end, and two readings of it agreed */
} FlatlineStack;

typedef struct _FlatlineStacks
{
  GArray *stacks;                        /* FlatlineStack */
  GArray *frames;                        /* FlatlineFrameState */
  GArray *stacks_before, *frames_before; /* as the first of two readings had them */
  guint max_frames;                      /* of the last reading, 0 none */
  gboolean is_still;                     /* it found nothing moving */
} FlatlineStacks;

typedef enum
{
  FLATLINE_STACKS_HELD,   /* the target is held, or dead */
  FLATLINE_STACKS_MOVING, /* it runs while it is read */
  FLATLINE_STACKS_AGAIN,  /* it runs, and was read a moment ago: that was the first of two readings */
} FlatlineStacksTarget;

FlatlineStacks *
flatline_stacks_new (void);
void
flatline_stacks_free (FlatlineStacks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineStacks, flatline_stacks_free)

/* Reads all stacks, each with at most @max_frames frames, in the place of what was there. */
void
flatline_stacks_read (FlatlineStacks *self, FlatlineTarget *target, guint max_frames, FlatlineStacksTarget how);

/* Each was followed to its end, or as far as was asked for. */
gboolean
flatline_stacks_are_whole (const FlatlineStacks *self);

/* They are of a target that is no more. */
void
flatline_stacks_forget (FlatlineStacks *self);

/* The frames of @stack; borrowed until the next read. */
const FlatlineFrameState *
flatline_stacks_get_frames (const FlatlineStacks *self, const FlatlineStack *stack);

G_END_DECLS
