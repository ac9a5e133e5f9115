/* SPDX-License-Identifier: MIT */
/* FlatlineDatabase: what both dialects share: the spelling of words, kept statements, binding in order. */
#include "flatline-database-private.h"

#include <string.h>

FlatlineServer *
flatline_server_copy (const FlatlineServer *self)
{
  FlatlineServer *copy = g_memdup2 (self, sizeof *self);

  copy->host = g_strdup (self->host);
  copy->socket = g_strdup (self->socket);
  copy->user = g_strdup (self->user);
  copy->password = g_strdup (self->password);
  copy->database = g_strdup (self->database);
  copy->option_group = g_strdup (self->option_group);
  copy->tls_ca = g_strdup (self->tls_ca);
  return copy;
}

void
flatline_server_free (FlatlineServer *self)
{
  if (!self)
    return;
  g_free (self->host);
  g_free (self->socket);
  g_free (self->user);
  if (self->password)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_free (self->database);
  g_free (self->option_group);
  g_free (self->tls_ca);
  g_free (self);
}

char *
flatline_server_dup_name (const FlatlineServer *self)
{
  if (self->socket)
    return g_strdup (self->socket);
  return g_strdup_printf ("%s:%u", self->host ? self->host : "localhost", self->port ? self->port : 3306);
}

void
flatline_database_close (FlatlineDatabase *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->statements);
  g_free (self->name);
  self->dialect->close (self);
}

const char *
flatline_database_get_name (FlatlineDatabase *self)
{
  return self->name;
}

gboolean
flatline_database_is_server (FlatlineDatabase *self)
{
  return self->dialect->is_server;
}

void
flatline_database_abort (FlatlineDatabase *self)
{
  self->dialect->abort (self);
}

guint64
flatline_database_count_changes (FlatlineDatabase *self)
{
  return self->dialect->count_changes (self);
}

/* {word} and {word argument} in the dialect's spelling. */
static void
append_spelling (const FlatlineDialect *dialect, GString *sql, const char *word, gsize length)
{
  const char *blank = memchr (word, ' ', length);
  gsize word_length = blank ? (gsize)(blank - word) : length;

  for (const FlatlineDialectWord *entry = dialect->words; entry->word; entry++)
    {
      if (strlen (entry->word) != word_length || strncmp (entry->word, word, word_length) != 0)
        continue;
      for (const char *c = entry->spelling; *c; c++)
        {
          if (*c == '@' && blank)
            g_string_append_len (sql, blank + 1, length - word_length - 1);
          else
            g_string_append_c (sql, *c);
        }
      return;
    }
  g_error ("No dialect word {%.*s}", (int)length, word);
}

static char *
spell (FlatlineDatabase *self, const char *text)
{
  GString *sql = g_string_new (NULL);
  const char *open;

  while ((open = strchr (text, '{')))
    {
      const char *close = strchr (open, '}');

      g_string_append_len (sql, text, open - text);
      append_spelling (self->dialect, sql, open + 1, close - open - 1);
      text = close + 1;
    }
  g_string_append (sql, text);
  return g_string_free (sql, FALSE);
}

gboolean
flatline_database_execute (FlatlineDatabase *self, const char *sql, GError **error)
{
  g_auto (GStrv) statements = NULL;
  g_autofree char *spelled = spell (self, sql);

  statements = g_strsplit (spelled, ";", -1);
  for (char **statement = statements; *statement; statement++)
    if (*g_strstrip (*statement) && !self->dialect->execute (self, *statement, error))
      return FALSE;
  return TRUE;
}

static void
free_statement (gpointer data)
{
  FlatlineStatement *statement = data;

  g_ptr_array_unref (statement->kept);
  statement->database->dialect->free_statement (statement);
}

GHashTable *
flatline_database_new_statements (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_statement);
}

FlatlineStatement *
flatline_database_prepare (FlatlineDatabase *self, const char *sql, GError **error)
{
  FlatlineStatement *statement = g_hash_table_lookup (self->statements, sql);
  g_autofree char *spelled = NULL;

  if (statement)
    {
      flatline_statement_reset (statement);
      return statement;
    }
  spelled = spell (self, sql);
  statement = self->dialect->prepare (self, spelled, error);
  if (!statement)
    return NULL;
  statement->database = self;
  statement->kept = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (self->statements, g_strdup (sql), statement);
  return statement;
}

void
flatline_statement_add_text (FlatlineStatement *self, const char *text)
{
  if (text && !g_utf8_validate (text, -1, NULL))
    {
      text = g_utf8_make_valid (text, -1);
      g_ptr_array_add (self->kept, (char *)text);
    }
  self->database->dialect->bind (self, self->n_bound++, text, text ? strlen (text) : 0, TRUE);
}

void
flatline_statement_add_integer (FlatlineStatement *self, gint64 integer)
{
  self->database->dialect->bind_integer (self, self->n_bound++, integer);
}

static void
add_bytes (FlatlineStatement *self, GBytes *bytes)
{
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  self->database->dialect->bind (self, self->n_bound++, data, size, FALSE);
}

static void
add_arguments (FlatlineStatement *self, const char *format, va_list arguments)
{
  for (const char *kind = format; *kind; kind++)
    {
      if (*kind == 't')
        flatline_statement_add_text (self, va_arg (arguments, const char *));
      else if (*kind == 'i')
        flatline_statement_add_integer (self, va_arg (arguments, gint64));
      else
        add_bytes (self, va_arg (arguments, GBytes *));
    }
}

void
flatline_statement_add (FlatlineStatement *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add_arguments (self, format, arguments);
  va_end (arguments);
}

int
flatline_statement_step (FlatlineStatement *self, GError **error)
{
  int result = self->database->dialect->step (self, error);

  if (result <= 0)
    flatline_statement_reset (self);
  return result;
}

gboolean
flatline_statement_run (FlatlineStatement *self, GError **error)
{
  int result;

  while ((result = flatline_statement_step (self, error)) > 0)
    ;
  return result == 0;
}

void
flatline_statement_reset (FlatlineStatement *self)
{
  self->database->dialect->reset (self);
  self->n_bound = 0;
  g_ptr_array_set_size (self->kept, 0);
}

char *
flatline_statement_dup_text (FlatlineStatement *self, guint column)
{
  gsize size = 0;
  const char *data = self->database->dialect->get (self, column, &size);

  /* Where somebody else has written, bytes may be in it that do not end as a text does. */
  return data ? g_utf8_make_valid (data, (gssize)size) : NULL;
}

gint64
flatline_statement_get_integer (FlatlineStatement *self, guint column, gint64 if_null)
{
  const FlatlineDialect *dialect = self->database->dialect;

  return dialect->is_null (self, column) ? if_null : dialect->get_integer (self, column);
}

GBytes *
flatline_statement_dup_bytes (FlatlineStatement *self, guint column)
{
  gsize size = 0;
  const char *data = self->database->dialect->get (self, column, &size);

  return g_bytes_new (data, data ? size : 0);
}

gboolean
flatline_database_run (FlatlineDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  FlatlineStatement *statement = flatline_database_prepare (self, sql, error);
  va_list arguments;

  if (!statement)
    return FALSE;
  va_start (arguments, format);
  add_arguments (statement, format, arguments);
  va_end (arguments);
  return flatline_statement_run (statement, error);
}

FlatlineStatement *
flatline_database_query (FlatlineDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  FlatlineStatement *statement = flatline_database_prepare (self, sql, error);
  va_list arguments;

  if (!statement)
    return NULL;
  va_start (arguments, format);
  add_arguments (statement, format, arguments);
  va_end (arguments);
  return statement;
}
