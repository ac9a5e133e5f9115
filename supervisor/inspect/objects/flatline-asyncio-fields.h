/* SPDX-License-Identifier: MIT */
/* Where asyncio's futures and tasks of C keep what: Modules/_asynciomodule.c has them in a new order at times. */
#pragma once

#include "flatline-types.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_ASYNCIO_OTHER = 1,
  FLATLINE_ASYNCIO_TASK,
  FLATLINE_ASYNCIO_FUTURE,
} FlatlineAsyncioKind;

/* Whether objects of @type are tasks or other futures, of C or of Python. */
FlatlineAsyncioKind
flatline_asyncio_find_kind (FlatlineTypeCache *types, const FlatlineTypeInfo *type);

/* Whether objects of the type @type_name only hand on, to what their first field is, and may be what a task is of. */
gboolean
flatline_asyncio_is_wrapper (const char *type_name);

/* Of a future, which a task is, too; objects are addresses, 0 none. */
typedef struct
{
  gint32 state;                       /* 0 pending, 1 cancelled, 2 finished */
  guint64 callback, callbacks;        /* the first one, and a list of (callback, context) with the others */
  guint64 exception, result, made_at; /* made_at: in debug mode the stack that made it */
  guint64 loop;
} FlatlineFutureFields;

typedef struct
{
  guint64 coroutine;
  guint64 name;   /* a str or, from 3.12 on, the number of what will be called Task-N */
  guint64 waiter; /* the future or task it waits for */
  guint64 loop;
  gint32 n_cancel_requests;
} FlatlineTaskFields;

/* FALSE: no future of C. */
gboolean
flatline_future_fields_read (FlatlineTypeCache *types, guint64 address, FlatlineFutureFields *fields);

/* The same of a task, of C or of Python. */
gboolean
flatline_task_fields_read (FlatlineTypeCache *types, guint64 address, FlatlineTaskFields *fields);

G_END_DECLS
