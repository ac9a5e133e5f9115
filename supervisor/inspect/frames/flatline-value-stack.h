/* SPDX-License-Identifier: MIT */
/*
 * The value stack of a frame. Which of its slots are in use is known only where the interpreter says so; the block
 * around the instruction (with, try) tells it for the lower ones in any case.
 */
#pragma once

#include "flatline-code.h"
#include "flatline-stack-walk.h"
#include "flatline-types.h"

G_BEGIN_DECLS

/* Number of slots that belong to the blocks around the instruction: they are in use for sure. 0 outside of any block.
 */
gint
flatline_value_stack_count_in_blocks (FlatlineTarget *target, const FlatlineFrameState *frame, guint64 code);

/* Number of slots that may be in use: what the frame says of itself, else all there is room for. */
gint
flatline_value_stack_count (FlatlineTarget *target, const FlatlineFrameState *frame, const FlatlineCode *code);

/* The object in slot @i (0: the lowest), 0 when there is none. What lies above the used slots is of the past. */
guint64
flatline_value_stack_peek (FlatlineTarget *target, const FlatlineFrameState *frame, const FlatlineCode *code, gint i);

/* The object that a variable of @frame has, out of its cell where it is in one; 0 none. FALSE when unreadable. */
gboolean
flatline_frame_read_local (FlatlineTarget *target,
                           FlatlineTypeCache *types,
                           const FlatlineFrameState *frame,
                           const FlatlineCode *code,
                           gint slot,
                           guint64 *object);

G_END_DECLS
