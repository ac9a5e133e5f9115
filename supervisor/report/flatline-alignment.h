/* SPDX-License-Identifier: MIT */
/* Which items of two lists stand side by side when they are compared. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  int left, right; /* -1: nothing on that side */
} FlatlinePair;

/* What names an item; transfer full. */
typedef char *(*FlatlineKeyFunc) (gpointer item);

/* GArray of FlatlinePair, in an order that is that of both lists. Transfer full. */
GArray *
flatline_align (GListStore *left_list, GListStore *right_list, FlatlineKeyFunc func);

/* The same for lists whose order means nothing: what bears the same key is a pair, wherever it stands. */
GArray *
flatline_match (GListStore *left_list, GListStore *right_list, FlatlineKeyFunc func);

G_END_DECLS
