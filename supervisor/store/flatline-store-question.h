/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreQuestion: a SELECT that grows by the conditions that are asked for and no others, so that an index can
 * serve it, with what its "?" stand for.
 */
#pragma once

#include "flatline-database.h"
#include "flatline-store.h"

G_BEGIN_DECLS

#define FLATLINE_STORE_DEFAULT_LIMIT 100

typedef struct
{
  GString *sql;
  GPtrArray *texts; /* NULL where there is an integer */
  GArray *integers;
} FlatlineStoreQuestion;

void
flatline_store_question_init (FlatlineStoreQuestion *self, const char *sql);
void
flatline_store_question_clear (FlatlineStoreQuestion *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlatlineStoreQuestion, flatline_store_question_clear)

/* @sql has one "?" or more, all for the same value. */
void
flatline_store_question_add_text (FlatlineStoreQuestion *self, const char *sql, const char *text);
void
flatline_store_question_add_integer (FlatlineStoreQuestion *self, const char *sql, gint64 integer);

/* The next "?" of the text it began with. */
void
flatline_store_question_bind_integer (FlatlineStoreQuestion *self, gint64 integer);

/* @text anywhere in one of the columns that @sql compares. */
void
flatline_store_question_add_search (FlatlineStoreQuestion *self, const char *sql, const char *text);

/* What @filter asks of freeze_part: host and kind. FALSE on error. */
gboolean
flatline_store_question_add_part_conditions (FlatlineStoreQuestion *self,
                                             FlatlineDatabase *database,
                                             const FlatlineStoreFilter *filter,
                                             GError **error);

/* What @filter asks of freezes, but for the page. FALSE on error. */
gboolean
flatline_store_question_add_conditions (FlatlineStoreQuestion *self,
                                        FlatlineDatabase *database,
                                        const FlatlineStoreFilter *filter,
                                        GError **error);

/* Ready for its first step; NULL on error. */
FlatlineStatement *
flatline_store_question_ask (FlatlineStoreQuestion *self, FlatlineDatabase *database, GError **error);

G_END_DECLS
