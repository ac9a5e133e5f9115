/* SPDX-License-Identifier: MIT */
/*
 * FlatlineObjectReader: objects of a target as values: text as repr() would write it for built-in types, children to
 * the budget's depth. Nothing of the target's code runs. Cycles end, garbage is answered with what it is.
 */
#pragma once

#include "flatline-capture-budget.h"
#include "flatline-code.h"
#include "flatline-records.h"
#include "flatline-types.h"

G_BEGIN_DECLS

typedef struct _FlatlineObjectReader FlatlineObjectReader;

FlatlineObjectReader *
flatline_object_reader_new (FlatlineTarget *target, FlatlineTypeCache *types, FlatlineCodeCache *codes);
void
flatline_object_reader_free (FlatlineObjectReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineObjectReader, flatline_object_reader_free)

/* A new capture begins with these limits; @deadline_us on the monotonic clock. */
void
flatline_object_reader_begin (FlatlineObjectReader *self, const FlatlineCaptureBudget *budget, gint64 deadline_us);

/* No more than @max values, those in others counted; 0: as many as the budget allows. Until the next begin. */
void
flatline_object_reader_set_max_values (FlatlineObjectReader *self, gsize max);

/* How many were read since begin. */
gsize
flatline_object_reader_get_n_values (const FlatlineObjectReader *self);

/* Lets go of what it keeps of the values that were read, until the next begin. */
void
flatline_object_reader_end (FlatlineObjectReader *self);

/* Which limits were hit since begin: sentences, GPtrArray of static strings; borrowed. */
GPtrArray *
flatline_object_reader_get_limits (FlatlineObjectReader *self);

/* The object at @address. Transfer full, never NULL. */
FlatlineValue *
flatline_object_reader_read (FlatlineObjectReader *self, guint64 address, const char *name, const char *kind);

/* Its text alone, as in the value. Transfer full. */
char *
flatline_object_reader_dup_text (FlatlineObjectReader *self, guint64 address);

G_END_DECLS
