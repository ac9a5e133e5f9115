/* SPDX-License-Identifier: MIT */
/*
 * FlatlineValueMemory: which rows of a tree of values were open and selected, and what they said, so that the tree of
 * the next capture of the same call looks the same, and what differs is marked.
 */
#pragma once

#include <gtk/gtk.h>

#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct _FlatlineValueMemory FlatlineValueMemory;

FlatlineValueMemory *
flatline_value_memory_new (void);
void
flatline_value_memory_free (FlatlineValueMemory *self);

/* Before the rows of @selection are replaced. */
void
flatline_value_memory_remember (FlatlineValueMemory *self, GtkSingleSelection *selection);
void
flatline_value_memory_forget (FlatlineValueMemory *self);
gboolean
flatline_value_memory_has_rows (FlatlineValueMemory *self);

/* Opens, selects and marks what has come; what is still being read is for the next call. */
void
flatline_value_memory_restore (FlatlineValueMemory *self, GtkSingleSelection *selection);

/* The same call, captured once more: both stand in the same function of the same file. */
gboolean
flatline_frame_is_same_call (FlatlineFrame *before, FlatlineFrame *now);

/* Lists of FlatlineValue. */
void
flatline_values_mark_changes (GListStore *before, GListStore *now);
gboolean
flatline_value_is_changed (FlatlineValue *value);

G_END_DECLS
