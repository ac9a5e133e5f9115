/* SPDX-License-Identifier: MIT */
/* What the files of FlatlineLockSearch share: the locks found so far, and the stacks they are looked for on. */
#pragma once

#include "flatline-locks.h"

G_BEGIN_DECLS

#define FLATLINE_LOCK_MAX_FRAMES 200 /* of one thread */
#define FLATLINE_LOCK_MAX_NAME   128
#define FLATLINE_LOCK_MAX_ITEMS  256 /* of one container */

typedef struct
{
  guint64 address;
  gboolean is_mutex; /* else a semaphore of the C library at handle */
  guint64 handle;    /* what its waiters sleep on */
  guint8 mutex;      /* its bits */
  gboolean is_reentrant;
  gboolean locked;
  guint64 owner_ident; /* RLock, 0 none */
  gint64 owner;        /* native id */
  const char *owner_source;
  char *name;
  char *type;
  GPtrArray *waiters; /* char *: native ids */
} FlatlineFoundLock;

typedef struct
{
  FlatlineThread *thread;
  GArray *frames;
} FlatlineLockStack;

struct _FlatlineLockSearch
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  FlatlineCodeCache *codes;
  GArray *stacks;    /* FlatlineLockStack */
  GHashTable *found; /* address -> FlatlineFoundLock */
  GHashTable *seen;  /* addresses of objects already looked into */
  guint n_objects;
};

guint64
flatline_lock_search_read_word (FlatlineLockSearch *self, guint64 address);

gboolean
flatline_type_is_lock (const FlatlineTypeInfo *type);

/* The lock at @address, of @type, read when it is new. Borrowed. */
FlatlineFoundLock *
flatline_lock_search_take (FlatlineLockSearch *self, guint64 address, const FlatlineTypeInfo *type);

/* The same of any object; NULL when it is no lock. */
FlatlineFoundLock *
flatline_lock_search_find (FlatlineLockSearch *self, guint64 address);

/* The mutex of the C library that @thread sleeps for in pthread_mutex_lock(); NULL when it does not. Borrowed. */
FlatlineFoundLock *
flatline_lock_search_find_mutex (FlatlineLockSearch *self, FlatlineThread *thread);

/* Takes the locks that the frames' modules and objects have, by their names there. */
void
flatline_lock_search_name (FlatlineLockSearch *self);

G_END_DECLS
