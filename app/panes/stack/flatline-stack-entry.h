/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStackEntry: one row of the stack pane, in the words and the order a person reads it: the exception, the
 * thread the verdict speaks of, those it waits for, the main thread, the others; threads that stand at the same place
 * are one row, idle ones are folded into one row, and so are native calls in a row in a stack that has others;
 * Flatline's own threads do not appear.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_STACK_ENTRY_EXCEPTION,
  FLATLINE_STACK_ENTRY_THREAD, /* or several with equal stacks */
  FLATLINE_STACK_ENTRY_TASK,
  FLATLINE_STACK_ENTRY_FOLD, /* of idle threads, of tasks, of native calls */
  FLATLINE_STACK_ENTRY_FRAME,
} FlatlineStackEntryKind;

#define FLATLINE_TYPE_STACK_ENTRY (flatline_stack_entry_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineStackEntry, flatline_stack_entry, FLATLINE, STACK_ENTRY, GObject)

/* Plain data; nothing changes after it was made. */
struct _FlatlineStackEntry
{
  GObject parent_instance;
  FlatlineStackEntryKind kind;
  char *title;
  char *detail;  /* second line, NULL none */
  char *tooltip; /* NULL none */
  const char *icon;
  gboolean marked;        /* the verdict speaks of it */
  gboolean dimmed;        /* no code of the program */
  FlatlineThread *thread; /* of a thread, the first of equals; of a frame, its thread; else NULL */
  FlatlineFrame *frame;
  GListStore *children; /* FlatlineStackEntry, NULL none */
};

/* The top rows for @snapshot. Transfer full. */
GListStore *
flatline_stack_entries_new (FlatlineSnapshot *snapshot);

/* The row a person wants to see first: where the verdict points, else the program's own code in the main thread. NULL:
 * none but what is at the top, such as an exception without frames. */
FlatlineFrame *
flatline_stack_entries_find_frame (FlatlineSnapshot *snapshot);

/* The stack of @entry as Python prints one, outermost call first. Transfer full. */
char *
flatline_stack_entry_dup_text (FlatlineStackEntry *entry);

G_END_DECLS
