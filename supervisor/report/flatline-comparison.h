/* SPDX-License-Identifier: MIT */
/*
 * Two snapshots side by side, and what differs: the verdict, the program, thread by thread with stack and variables,
 * locks, processes, connections. What stands beside what is found by name and by order, so that one call more or less
 * on a stack is one row and not all below it.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* One row of a comparison. Plain data, not to be changed. */
#define FLATLINE_TYPE_DIFFERENCE (flatline_difference_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineDifference, flatline_difference, FLATLINE, DIFFERENCE, GObject)
struct _FlatlineDifference
{
  GObject parent_instance;
  guint depth; /* 0: a heading of the rows that follow */
  char *label; /* what is compared, for people */
  char *left;  /* NULL: there is none on that side */
  char *right;
  gboolean differs; /* it does, or something below it */
};

/* All rows, those that do not differ too: GListStore of FlatlineDifference. Transfer full. */
GListStore *
flatline_comparison_new (FlatlineSnapshot *left, FlatlineSnapshot *right);

G_END_DECLS
