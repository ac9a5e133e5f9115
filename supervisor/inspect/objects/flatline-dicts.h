/* SPDX-License-Identifier: MIT */
/* Dicts of a target in any of their forms, and the attributes of instances, as a walk over (key, value) pairs. */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

/* FALSE stops the walk. Keys and values are addresses of objects. */
typedef gboolean (*FlatlineItemFunc) (guint64 key, guint64 value, gpointer user_data);

/* A slot in the table of a dict or a set, from 0. */
typedef struct
{
  guint64 table; /* its address; 0: not known yet */
  gint64 slot;
} FlatlineTablePlace;

/* Walks a dict in order; FALSE when it could not be read to its end (and was not stopped). */
gboolean
flatline_dict_foreach (FlatlineTarget *target, guint64 dict, FlatlineItemFunc func, gpointer user_data);

/*
 * The same from @place on, which is left where the walk was stopped, at the pair that stopped it: what comes next of
 * ten million is found without those before. A table that was made anew has other places: then @place is the beginning,
 * and FALSE the answer, before anything was walked.
 */
gboolean
flatline_dict_foreach_from (
    FlatlineTarget *target, guint64 dict, FlatlineTablePlace *place, FlatlineItemFunc func, gpointer user_data);

/* Number of items of a dict, -1 unreadable. */
gint64
flatline_dict_read_size (FlatlineTarget *target, guint64 dict);

/* The value at the str key @key, 0 when there is none. */
guint64
flatline_dict_find (FlatlineTarget *target, guint64 dict, const char *key);

/* Walks the instance attributes of @object (its dict or inline values, not its class's). */
gboolean
flatline_attributes_foreach (
    FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, FlatlineItemFunc func, gpointer user_data);

/* The instance attribute @name of @object, 0 when there is none. */
guint64
flatline_attribute_find (FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, const char *name);

/* The object that is called so in the module sys of the main interpreter; 0: there is none. */
guint64
flatline_dict_find_in_sys (FlatlineTarget *target, const char *name);

G_END_DECLS
