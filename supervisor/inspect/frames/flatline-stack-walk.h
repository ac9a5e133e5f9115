/* SPDX-License-Identifier: MIT */
/*
 * Thread states and their frames as the target has them: plain structs, no names yet. What a capture turns into records
 * and a light look hashes.
 */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 address;    /* of the PyThreadState */
  guint64 ident;      /* pthread_t */
  gint64 native_id;   /* 0: this version does not say */
  gint64 interpreter; /* id */
  guint64 interp;     /* address */
  guint64 frame;      /* innermost, 0: runs no Python code */
  guint64 handled;    /* address of what tells which exception it is handling */
  guint64 c_stack;    /* an address on the stack of the thread that runs it, 0 unknown */
  guint64 gil;        /* address of its interpreter's GIL, with the condition that is waited for in it; 0 unknown */
  gboolean holds_gil;
  gboolean keeps_world; /* free-threaded: it was asked to stop, for all to stand still, and has not */
  gboolean collecting;  /* its interpreter collects garbage */
} FlatlineThreadState;

typedef struct
{
  guint64 address;
  guint64 code;
  gint64 offset;  /* of the instruction, bytes from the first one; -1 before it */
  gint line;      /* that its frame object names, which goes before the instruction; 0 none */
  guint64 locals; /* address of the first slot */
  gint n_stack;   /* slots in use from the first local on, -1 unknown */
  guint64 globals;
  guint64 names; /* f_locals: class bodies, module level, exec; 0 none */
  gint8 owner;
  gboolean is_entry;  /* the evaluator was called anew for it; the frames before run in the same call */
  gint64 interpreter; /* id; 0 for a frame that is on no thread's stack */
  guint64 shim;       /* 3.12+: what lies on the C stack of that call of the evaluator, 0 unknown */
} FlatlineFrameState;

/* All thread states of all interpreters, at most @max. GArray of FlatlineThreadState, transfer full. */
GArray *
flatline_thread_states_read (FlatlineTarget *target, guint max);

/* Reads anew which frame is innermost; FALSE when the thread is gone. */
gboolean
flatline_thread_state_renew (FlatlineTarget *target, FlatlineThreadState *thread);

/*
 * Appends the frames of @thread (FlatlineFrameState) to @frames, innermost first, at most @max, shims left out. FALSE
 * when the chain broke before its end.
 */
gboolean
flatline_frame_states_append (FlatlineTarget *target, const FlatlineThreadState *thread, guint max, GArray *frames);

/* One frame at @address (also of a suspended generator or coroutine). FALSE when unreadable. */
gboolean
flatline_frame_state_read (FlatlineTarget *target, guint64 address, FlatlineFrameState *frame, guint64 *previous);

/* An object pointer as frames hold it: newer versions keep tags in the lowest bits. */
guint64
flatline_untag (guint64 reference);

G_END_DECLS
