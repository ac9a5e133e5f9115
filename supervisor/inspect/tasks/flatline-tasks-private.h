/* SPDX-License-Identifier: MIT */
/* What the search for tasks of asyncio knows while it lasts: flatline-tasks.c finds them, flatline-task-awaits.c words.
 */
#pragma once

#include "flatline-asyncio-fields.h"
#include "flatline-tasks.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 address;
  FlatlineTaskFields fields;
} FlatlineFoundTask;

typedef struct
{
  FlatlinePythonReading *reading;
  GHashTable *is_task; /* type -> GINT_TO_POINTER (FlatlineAsyncioKind) */
  GArray *tasks;       /* FlatlineFoundTask, by address */
} FlatlineTaskSearch;

/* By address. */
gint
flatline_found_task_compare (gconstpointer a, gconstpointer b);

/* Transfer full; NULL unknown. */
char *
flatline_task_dup_name (FlatlinePythonReading *reading, const FlatlineFoundTask *task);

/* Says in @record, whose frames are there, what it waits for. @awaited: what its innermost frame awaits, 0 unknown. */
void
flatline_task_describe_await (FlatlineTaskSearch *search,
                              const FlatlineFoundTask *task,
                              guint64 awaited,
                              FlatlineTask *record);

G_END_DECLS
