/* SPDX-License-Identifier: MIT */
/*
 * JSON to records, out of the tables of fields, with json-glib's parser; what does not fit is refused. Its tree of a
 * snapshot takes ten times the memory of the text, so a long text is cut where its members and items end, and the
 * pieces are parsed one after the other. To cut it looks at brackets and strings alone: what it does not expect is left
 * to the parser.
 */
#include "flatline-record.h"

#include <glib/gi18n.h>
#include <string.h>

#define PIECE_BYTES (64 * 1024)

#define FIELD(self, field, type) G_STRUCT_MEMBER (type, self, (field)->offset)

JsonNode *
flatline_record_to_json (FlatlineRecord *self)
{
  g_autofree char *text = flatline_record_to_json_string (self, FALSE);

  return json_from_string (text, NULL);
}

static char *
json_key_for_field (const FlatlineField *field)
{
  return g_strdelimit (g_strdup (field->name), "-", '_');
}

static FlatlineRecord *
record_from_json (GType record_type, JsonNode *node, guint depth, GError **error);

static gboolean
refuse_field (const FlatlineField *field, const char *wanted, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("“%s” should be %s"), field->name, wanted);
  return FALSE;
}

static gboolean
node_holds_number (JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static gboolean
node_holds_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}

static gboolean
read_strv (const FlatlineField *field, JsonNode *node, char ***strings, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return refuse_field (field, _ ("a list of strings"), error);
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);

      if (!node_holds_string (item))
        return refuse_field (field, _ ("a list of strings"), error);
      g_strv_builder_add (builder, json_node_get_string (item));
    }
  g_strfreev (*strings);
  *strings = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_list (const FlatlineField *field, JsonNode *node, GListStore **list, guint depth, GError **error)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return refuse_field (field, _ ("a list"), error);
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      FlatlineRecord *item =
          record_from_json (field->record_type (), json_array_get_element (array, i), depth + 1, error);

      if (!item)
        return FALSE;
      flatline_list_append (list, item);
    }
  return TRUE;
}

static gboolean
read_field (FlatlineRecord *self, const FlatlineField *field, JsonNode *node, guint depth, GError **error)
{
  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
        return refuse_field (field, _ ("true or false"), error);
      FIELD (self, field, gboolean) = json_node_get_boolean (node);
      return TRUE;
    case FLATLINE_FIELD_INTEGER:
      if (!node_holds_number (node))
        return refuse_field (field, _ ("a number"), error);
      FIELD (self, field, gint64) = json_node_get_int (node);
      return TRUE;
    case FLATLINE_FIELD_ADDRESS:
      if (!node_holds_string (node))
        return refuse_field (field, _ ("an address such as \"0x7f00\""), error);
      FIELD (self, field, guint64) = g_ascii_strtoull (json_node_get_string (node), NULL, 16);
      return TRUE;
    case FLATLINE_FIELD_DOUBLE:
      if (!node_holds_number (node))
        return refuse_field (field, _ ("a number"), error);
      FIELD (self, field, double) = json_node_get_double (node);
      return TRUE;
    case FLATLINE_FIELD_STRING:
      if (!node_holds_string (node))
        return refuse_field (field, _ ("a string"), error);
      g_free (FIELD (self, field, char *));
      FIELD (self, field, char *) = json_node_dup_string (node);
      return TRUE;
    case FLATLINE_FIELD_STRV:
      return read_strv (field, node, &FIELD (self, field, char **), error);
    case FLATLINE_FIELD_RECORD:
      g_clear_object (&FIELD (self, field, GObject *));
      FIELD (self, field, FlatlineRecord *) = record_from_json (field->record_type (), node, depth + 1, error);
      return FIELD (self, field, FlatlineRecord *) != NULL;
    case FLATLINE_FIELD_LIST:
      return read_list (field, node, &FIELD (self, field, GListStore *), depth, error);
    }
  g_assert_not_reached ();
}

static gboolean
read_fields (FlatlineRecord *self, JsonObject *object, guint depth, GError **error)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (self);

  for (guint i = 0; i < klass->n_fields; i++)
    {
      g_autofree char *key = json_key_for_field (&klass->fields[i]);
      JsonNode *member = json_object_get_member (object, key);

      if (member && !JSON_NODE_HOLDS_NULL (member) && !read_field (self, &klass->fields[i], member, depth, error))
        return FALSE;
    }
  return TRUE;
}

static FlatlineRecord *
record_from_json (GType record_type, JsonNode *node, guint depth, GError **error)
{
  g_autoptr (FlatlineRecord) self = NULL;

  if (depth > FLATLINE_RECORD_MAX_DEPTH)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("Nested deeper than %d"), FLATLINE_RECORD_MAX_DEPTH);
      return NULL;
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("A %s should be a JSON object"),
                   g_type_name (record_type));
      return NULL;
    }
  self = g_object_new (record_type, NULL);
  return read_fields (self, json_node_get_object (node), depth, error) ? g_steal_pointer (&self) : NULL;
}

FlatlineRecord *
flatline_record_from_json (GType record_type, JsonNode *node, GError **error)
{
  g_return_val_if_fail (g_type_is_a (record_type, FLATLINE_TYPE_RECORD), NULL);
  g_return_val_if_fail (node != NULL, NULL);

  return record_from_json (record_type, node, 0, error);
}

/* A long text. All return NULL, FALSE where they do not understand it. */

static const char *
skip_space (const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
    at++;
  return at;
}

/* @at: its first quote. Returns: what comes after its last one. */
static const char *
skip_string (const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    at += *at == '\\';
  return at < end ? at + 1 : NULL;
}

/* Comments and strings in other quotes, which the parser takes, have brackets in them that are none. */
static const char *
skip_brackets (const char *at, const char *end)
{
  guint depth = 0;

  while (at && at < end && *at != '/' && *at != '\'')
    {
      depth += *at == '{' || *at == '[';
      depth -= *at == '}' || *at == ']';
      at = *at == '"' ? skip_string (at, end) : at + 1;
      if (depth == 0)
        return at;
    }
  return NULL;
}

static const char *
skip_value (const char *at, const char *end)
{
  const char *begin = at;

  if (at < end && *at == '"')
    return skip_string (at, end);
  if (at < end && (*at == '{' || *at == '['))
    return skip_brackets (at, end);
  while (at < end && (g_ascii_isalnum (*at) || *at == '-' || *at == '+' || *at == '.'))
    at++;
  return at > begin ? at : NULL;
}

static JsonNode *
parse (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  return json_parser_load_from_data (parser, text, (gssize)length, NULL) ? json_parser_steal_root (parser) : NULL;
}

static FlatlineRecord *
record_from_text (GType record_type, const char *at, const char *end, guint depth);

/* @items: without the last bracket, and empty afterwards. */
static gboolean
read_items (const FlatlineField *field, GString *items, GListStore **list, guint depth)
{
  g_autoptr (JsonNode) node = NULL;

  g_string_append_c (items, ']');
  node = parse (items->str, items->len);
  g_string_assign (items, "[");
  return node && read_list (field, node, list, depth, NULL);
}

/* @at: the first bracket, @end: what comes after the last one. Short items are parsed many at a time. */
static gboolean
read_list_text (const FlatlineField *field, const char *at, const char *end, GListStore **list, guint depth)
{
  g_autoptr (GString) items = g_string_new ("[");

  for (at = skip_space (at + 1, end); at < end && *at != ']'; at = skip_space (at + 1, end))
    {
      const char *item_end = skip_value (at, end);
      FlatlineRecord *item = NULL;

      if (!item_end)
        return FALSE;
      if (item_end - at < PIECE_BYTES)
        {
          g_string_append (items, items->len > 1 ? "," : "");
          g_string_append_len (items, at, item_end - at);
        }
      if ((item_end - at >= PIECE_BYTES || items->len >= PIECE_BYTES) && !read_items (field, items, list, depth))
        return FALSE;
      if (item_end - at >= PIECE_BYTES)
        {
          item = record_from_text (field->record_type (), at, item_end, depth + 1);
          if (!item)
            return FALSE;
          flatline_list_append (list, item);
        }
      at = skip_space (item_end, end);
      if (at < end && *at == ']')
        return read_items (field, items, list, depth);
      if (at == end || *at != ',')
        return FALSE;
    }
  return FALSE;
}

/* @key: with its quotes. */
static int
find_field (FlatlineRecordClass *klass, const char *key, const char *key_end)
{
  g_autofree char *wanted = g_strndup (key + 1, (gsize)(key_end - key - 2));

  for (guint i = 0; i < klass->n_fields; i++)
    {
      g_autofree char *name = json_key_for_field (&klass->fields[i]);

      if (g_str_equal (name, wanted))
        return (int)i;
    }
  return -1;
}

/* A member that is long by itself. Returns: whether it is not one for the parser, but is read, or is not understood:
 * then @ok is FALSE. */
static gboolean
read_member_text (
    FlatlineRecord *self, const FlatlineField *field, const char *at, const char *end, guint depth, gboolean *ok)
{
  if (end - at < PIECE_BYTES)
    return FALSE;
  if (field->kind == FLATLINE_FIELD_LIST && *at == '[')
    *ok = read_list_text (field, at, end, &FIELD (self, field, GListStore *), depth);
  else if (field->kind == FLATLINE_FIELD_RECORD && *at == '{')
    {
      g_clear_object (&FIELD (self, field, GObject *));
      FIELD (self, field, FlatlineRecord *) = record_from_text (field->record_type (), at, end, depth + 1);
      *ok = FIELD (self, field, FlatlineRecord *) != NULL;
    }
  else
    return FALSE;
  return TRUE;
}

/* All its members but the long ones are the parser's, as an object of their own: @rest, without the last bracket. */
static gboolean
read_members_text (FlatlineRecord *self, const char *at, const char *end, guint depth, GString *rest)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (self);
  g_autofree gboolean *seen = g_new0 (gboolean, klass->n_fields);

  for (at = skip_space (at + 1, end); at < end && *at == '"'; at = skip_space (at + 1, end))
    {
      const char *key = at, *key_end = skip_string (key, end);
      const char *value = key_end ? skip_space (key_end, end) : end;
      const char *value_end;
      gboolean ok = TRUE;
      int i;

      if (value == end || *value != ':' || memchr (key, '\\', (gsize)(key_end - key)))
        return FALSE;
      value = skip_space (value + 1, end);
      value_end = skip_value (value, end);
      i = find_field (klass, key, key_end);
      if (!value_end || (i >= 0 && seen[i])) /* of two the parser takes the last one */
        return FALSE;
      if (i >= 0)
        seen[i] = TRUE;
      if (i < 0 || !read_member_text (self, &klass->fields[i], value, value_end, depth, &ok))
        {
          g_string_append (rest, rest->len > 1 ? "," : "");
          g_string_append_len (rest, key, value_end - key);
        }
      if (!ok)
        return FALSE;
      at = skip_space (value_end, end);
      if (at < end && *at == '}')
        return at + 1 == end;
      if (at == end || *at != ',')
        return FALSE;
    }
  return FALSE;
}

/* @at: where it begins, @end: what comes after it. */
static FlatlineRecord *
record_from_text (GType record_type, const char *at, const char *end, guint depth)
{
  g_autoptr (FlatlineRecord) self = NULL;
  g_autoptr (GString) rest = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (depth > FLATLINE_RECORD_MAX_DEPTH || at == end || *at != '{')
    return NULL;
  self = g_object_new (record_type, NULL);
  rest = g_string_new ("{");
  if (!read_members_text (self, at, end, depth, rest))
    return NULL;
  g_string_append_c (rest, '}');
  node = parse (rest->str, rest->len);
  return node && read_fields (self, json_node_get_object (node), depth, NULL) ? g_steal_pointer (&self) : NULL;
}

FlatlineRecord *
flatline_record_from_text (GType record_type, const char *text, gsize length)
{
  const char *end = text + length;

  g_return_val_if_fail (g_type_is_a (record_type, FLATLINE_TYPE_RECORD), NULL);

  while (end > text && skip_space (end - 1, end) == end)
    end--;
  return record_from_text (record_type, skip_space (text, end), end, 0);
}
