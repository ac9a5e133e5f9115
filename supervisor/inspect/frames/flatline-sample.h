/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSample: where all threads of a process are, without names copied or objects made: what is looked at many
 * times a second to see whether anything moves. A place in the source is one pointer as long as it is the same place,
 * so that stacks are compared by pointers.
 */
#pragma once

#include "flatline-call-place.h"

G_BEGIN_DECLS

typedef struct _FlatlineStacks FlatlineStacks; /* flatline-stacks.h */

typedef struct
{
  gint64 native_id;   /* 0 unknown */
  guint64 stack_hash; /* changes when the stack does, instruction by instruction */
  guint first, n_calls;
  gboolean complete;  /* the whole stack, of one moment */
  gboolean holds_gil; /* or keeps all others from standing still */
} FlatlineThreadSample;

typedef struct
{
  GArray *threads;  /* FlatlineThreadSample */
  GPtrArray *calls; /* const FlatlineCallPlace *, of all threads, each innermost first */
  FlatlineCodeCache *places;
} FlatlineSample;

FlatlineSample *
flatline_sample_new (void);
void
flatline_sample_free (FlatlineSample *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineSample, flatline_sample_free)

void
flatline_sample_clear (FlatlineSample *self);

/* Adds the threads of @stacks; the places are those of @codes, which it keeps alive from now on. */
void
flatline_sample_fill (FlatlineSample *self, FlatlineStacks *stacks, FlatlineCodeCache *codes);

/* The places of its calls, innermost first; borrowed. */
const FlatlineCallPlace *const *
flatline_sample_get_calls (const FlatlineSample *self, const FlatlineThreadSample *thread);

G_END_DECLS
