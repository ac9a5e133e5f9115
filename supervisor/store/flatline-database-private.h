/* SPDX-License-Identifier: MIT */
/* What a dialect gives to FlatlineDatabase: its words, and how to connect, bind and step. */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

typedef struct
{
  const char *word;     /* as in a statement, without the braces */
  const char *spelling; /* "@" stands for what follows the word: {once name} */
} FlatlineDialectWord;

typedef struct
{
  const FlatlineDialectWord *words; /* ends with NULL */
  gboolean is_server;
  void (*close) (FlatlineDatabase *self);
  void (*abort) (FlatlineDatabase *self);
  gboolean (*execute) (FlatlineDatabase *self, const char *sql, GError **error);
  guint64 (*count_changes) (FlatlineDatabase *self);
  FlatlineStatement *(*prepare) (FlatlineDatabase *self, const char *sql, GError **error);
  void (*free_statement) (FlatlineStatement *statement);
  void (*bind) (FlatlineStatement *statement, guint index, const void *data, gsize size, gboolean is_text);
  void (*bind_integer) (FlatlineStatement *statement, guint index, gint64 integer);
  int (*step) (FlatlineStatement *statement, GError **error);
  void (*reset) (FlatlineStatement *statement);
  const char *(*get) (FlatlineStatement *statement, guint column, gsize *size); /* followed by a NUL */
  gboolean (*is_null) (FlatlineStatement *statement, guint column);
  gint64 (*get_integer) (FlatlineStatement *statement, guint column);
} FlatlineDialect;

struct _FlatlineDatabase
{
  const FlatlineDialect *dialect;
  char *name;
  GHashTable *statements; /* text -> FlatlineStatement */
};

struct _FlatlineStatement
{
  FlatlineDatabase *database;
  guint n_bound;
  GPtrArray *kept; /* texts that were made valid */
};

/* The table a dialect starts a connection with. Transfer full. */
GHashTable *
flatline_database_new_statements (void);

G_END_DECLS
