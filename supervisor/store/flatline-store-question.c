/* SPDX-License-Identifier: MIT */
/* FlatlineStoreQuestion: texts and integers in the order of their "?", and the conditions of a filter. */
#include "flatline-store-question.h"

#include "flatline-store-sink.h"
#include "flatline-store-statements.h"

#include <string.h>

#define MAX_PATTERN_BYTES 40000

void
flatline_store_question_init (FlatlineStoreQuestion *self, const char *sql)
{
  self->sql = g_string_new (sql);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->integers = g_array_new (FALSE, TRUE, sizeof (gint64));
}

void
flatline_store_question_clear (FlatlineStoreQuestion *self)
{
  g_string_free (self->sql, TRUE);
  g_ptr_array_unref (self->texts);
  g_array_unref (self->integers);
}

static void
bind (FlatlineStoreQuestion *self, const char *text, gint64 integer)
{
  g_ptr_array_add (self->texts, g_strdup (text));
  g_array_append_val (self->integers, integer);
}

static void
add (FlatlineStoreQuestion *self, const char *sql, const char *text, gint64 integer)
{
  g_string_append (self->sql, sql);
  for (const char *c = strchr (sql, '?'); c; c = strchr (c + 1, '?'))
    bind (self, text, integer);
}

void
flatline_store_question_add_text (FlatlineStoreQuestion *self, const char *sql, const char *text)
{
  add (self, sql, text, 0);
}

void
flatline_store_question_add_integer (FlatlineStoreQuestion *self, const char *sql, gint64 integer)
{
  add (self, sql, NULL, integer);
}

void
flatline_store_question_bind_integer (FlatlineStoreQuestion *self, gint64 integer)
{
  bind (self, NULL, integer);
}

/* LIKE pattern for a text anywhere, with "!" before what LIKE would take for its own. The beginning of a very long one:
 * SQLite takes no pattern of more than 50,000 bytes. */
void
flatline_store_question_add_search (FlatlineStoreQuestion *self, const char *sql, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) pattern = g_string_new ("%");

  for (const char *c = valid; *c && pattern->len < MAX_PATTERN_BYTES; c = g_utf8_next_char (c))
    {
      if (strchr ("%_!", *c))
        g_string_append_c (pattern, '!');
      g_string_append_len (pattern, c, g_utf8_next_char (c) - c);
    }
  g_string_append_c (pattern, '%');
  add (self, sql, pattern->str, 0);
}

/* FALSE with *@id 0 when there is no such host, which no error says. */
static gboolean
find_host (FlatlineDatabase *database, const char *name, gint64 *id, GError **error)
{
  FlatlineStatement *statement = flatline_database_query (database, error, SQL_FIND_HOST, "t", name);
  int result = statement ? flatline_statement_step (statement, error) : -1;

  *id = result > 0 ? flatline_statement_get_integer (statement, 0, 0) : 0;
  if (result > 0)
    flatline_statement_reset (statement);
  return result >= 0;
}

static gboolean
add_part (FlatlineStoreQuestion *self,
          FlatlineDatabase *database,
          const FlatlineStoreFilter *filter,
          const char *host_condition,
          GError **error)
{
  gint64 host = 0;

  if (filter->host)
    {
      if (!find_host (database, filter->host, &host, error))
        return FALSE;
      flatline_store_question_add_integer (self, host_condition, host);
    }
  /* An exception and a look by hand have a verdict like any other. */
  if (g_strcmp0 (filter->kind, "exception") == 0 || g_strcmp0 (filter->kind, "manual") == 0)
    flatline_store_question_add_text (self, " AND kind = ?", filter->kind);
  else if (filter->kind)
    flatline_store_question_add_text (self, " AND verdict_kind = ?", filter->kind);
  return TRUE;
}

gboolean
flatline_store_question_add_part_conditions (FlatlineStoreQuestion *self,
                                             FlatlineDatabase *database,
                                             const FlatlineStoreFilter *filter,
                                             GError **error)
{
  return add_part (self, database, filter, " AND host = ?", error);
}

gboolean
flatline_store_question_add_conditions (FlatlineStoreQuestion *self,
                                        FlatlineDatabase *database,
                                        const FlatlineStoreFilter *filter,
                                        GError **error)
{
  if (!add_part (self, database, filter, " AND freeze.host = ?", error))
    return FALSE;
  if (filter->from_us)
    flatline_store_question_add_integer (self, " AND time_us >= ?", filter->from_us);
  if (filter->to_us)
    flatline_store_question_add_integer (self, " AND time_us <= ?", filter->to_us);
  if (filter->run_id)
    flatline_store_question_add_integer (self, " AND freeze.run = ?", filter->run_id);
  if (filter->signature)
    {
      g_autofree char *signature = flatline_store_dup_signature (filter->signature);

      flatline_store_question_add_text (self, " AND signature = ?", signature);
    }
  if (filter->text && *filter->text)
    flatline_store_question_add_search (
        self,
        " AND (summary LIKE ? ESCAPE '!' OR location LIKE ? ESCAPE '!' OR freeze.title LIKE ? ESCAPE '!'"
        " OR host.name LIKE ? ESCAPE '!')",
        filter->text);
  return TRUE;
}

FlatlineStatement *
flatline_store_question_ask (FlatlineStoreQuestion *self, FlatlineDatabase *database, GError **error)
{
  FlatlineStatement *statement = flatline_database_prepare (database, self->sql->str, error);

  if (!statement)
    return NULL;
  for (guint i = 0; i < self->texts->len; i++)
    {
      if (self->texts->pdata[i])
        flatline_statement_add_text (statement, self->texts->pdata[i]);
      else
        flatline_statement_add_integer (statement, g_array_index (self->integers, gint64, i));
    }
  return statement;
}
