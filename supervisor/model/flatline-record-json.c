/* SPDX-License-Identifier: MIT */
/*
 * Records to JSON and back, out of the tables of fields. The text is written straight from the records: a snapshot of
 * a thousand threads is a million members, and a tree of them takes many times the memory and time of the text.
 */
#include "flatline-record.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MAX_JSON_DEPTH 128

#define FIELD(self, field, type) G_STRUCT_MEMBER (type, self, (field)->offset)

typedef struct
{
  GString *text;
  gboolean pretty;
  guint depth;       /* of brackets */
  guint n_records;   /* that are open */
  gboolean is_first; /* in the object or list that is open */
} Writer;

static void
write_record (Writer *writer, FlatlineRecord *record);

static void
begin_line (Writer *writer)
{
  if (!writer->pretty)
    return;
  g_string_append_c (writer->text, '\n');
  for (guint i = 0; i < writer->depth; i++)
    g_string_append (writer->text, "  ");
}

static void
open_bracket (Writer *writer, char bracket)
{
  g_string_append_c (writer->text, bracket);
  writer->depth++;
  writer->is_first = TRUE;
}

static void
close_bracket (Writer *writer, char bracket)
{
  writer->depth--;
  if (!writer->is_first)
    begin_line (writer);
  g_string_append_c (writer->text, bracket);
  writer->is_first = FALSE;
}

static void
begin_item (Writer *writer)
{
  if (!writer->is_first)
    g_string_append_c (writer->text, ',');
  writer->is_first = FALSE;
  begin_line (writer);
}

static void
begin_member (Writer *writer, const FlatlineField *field)
{
  begin_item (writer);
  g_string_append_c (writer->text, '"');
  for (const char *at = field->name; *at; at++)
    g_string_append_c (writer->text, *at == '-' ? '_' : *at);
  g_string_append (writer->text, writer->pretty ? "\" : " : "\":");
}

static void
write_escape (GString *text, guchar character)
{
  static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };

  g_string_append_c (text, '\\');
  if (character == '"' || character == '\\')
    g_string_append_c (text, character);
  else if (character < sizeof letters && letters[character])
    g_string_append_c (text, letters[character]);
  else
    g_string_append_printf (text, "u%04x", character);
}

static void
write_string (Writer *writer, const char *string)
{
  g_autofree char *valid = g_utf8_validate (string, -1, NULL) ? NULL : g_utf8_make_valid (string, -1);
  const char *plain = valid ? valid : string;
  const char *at;

  g_string_append_c (writer->text, '"');
  for (at = plain; *at; at++)
    {
      const guchar character = *at;

      if (character >= ' ' && character != '"' && character != '\\' && character != 0x7f)
        continue;
      g_string_append_len (writer->text, plain, at - plain);
      write_escape (writer->text, character);
      plain = at + 1;
    }
  g_string_append_len (writer->text, plain, at - plain);
  g_string_append_c (writer->text, '"');
}

/* Ours are percentages: whatever is so large or small, infinite or no number came from a damaged file. */
static void
write_double (Writer *writer, double number)
{
  const double size = fabs (number);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (digits, sizeof digits, isfinite (number) && size < 1e15 && size > 1e-4 ? number : 0);
  g_string_append (writer->text, digits);
  /* A reader that tells kinds of numbers apart is to find this one. */
  if (!strpbrk (digits, ".e"))
    g_string_append (writer->text, ".0");
}

static void
write_strv (Writer *writer, char **strings)
{
  open_bracket (writer, '[');
  for (char **string = strings; *string; string++)
    {
      begin_item (writer);
      write_string (writer, *string);
    }
  close_bracket (writer, ']');
}

static void
write_list (Writer *writer, GListStore *list)
{
  const guint n = flatline_list_length (list);

  open_bracket (writer, '[');
  for (guint i = 0; i < n; i++)
    {
      begin_item (writer);
      write_record (writer, flatline_list_peek (list, i));
    }
  close_bracket (writer, ']');
}

/* What nests deeper than is read is not written either. */
static gboolean
is_left_out (const Writer *writer, FlatlineRecord *record, const FlatlineField *field)
{
  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      return field->sparse && !FIELD (record, field, gboolean);
    case FLATLINE_FIELD_INTEGER:
      return field->sparse && FIELD (record, field, gint64) == 0;
    case FLATLINE_FIELD_ADDRESS:
      return field->sparse && FIELD (record, field, guint64) == 0;
    case FLATLINE_FIELD_DOUBLE:
      return field->sparse && FIELD (record, field, double) == 0;
    case FLATLINE_FIELD_STRING:
    case FLATLINE_FIELD_STRV:
      return FIELD (record, field, gpointer) == NULL;
    case FLATLINE_FIELD_RECORD:
      return FIELD (record, field, gpointer) == NULL || writer->n_records > MAX_JSON_DEPTH;
    case FLATLINE_FIELD_LIST:
      return flatline_list_length (FIELD (record, field, GListStore *)) == 0 || writer->n_records > MAX_JSON_DEPTH;
    }
  g_assert_not_reached ();
}

static void
write_field (Writer *writer, FlatlineRecord *record, const FlatlineField *field)
{
  begin_member (writer, field);
  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      g_string_append (writer->text, FIELD (record, field, gboolean) ? "true" : "false");
      break;
    case FLATLINE_FIELD_INTEGER:
      g_string_append_printf (writer->text, "%" PRId64, FIELD (record, field, gint64));
      break;
    case FLATLINE_FIELD_ADDRESS:
      g_string_append_printf (writer->text, "\"0x%" PRIx64 "\"", FIELD (record, field, guint64));
      break;
    case FLATLINE_FIELD_DOUBLE:
      write_double (writer, FIELD (record, field, double));
      break;
    case FLATLINE_FIELD_STRING:
      write_string (writer, FIELD (record, field, char *));
      break;
    case FLATLINE_FIELD_STRV:
      write_strv (writer, FIELD (record, field, char **));
      break;
    case FLATLINE_FIELD_RECORD:
      write_record (writer, FIELD (record, field, FlatlineRecord *));
      break;
    case FLATLINE_FIELD_LIST:
      write_list (writer, FIELD (record, field, GListStore *));
      break;
    }
}

static void
write_record (Writer *writer, FlatlineRecord *record)
{
  const FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (record);

  open_bracket (writer, '{');
  writer->n_records++;
  for (guint i = 0; i < klass->n_fields; i++)
    if (!is_left_out (writer, record, &klass->fields[i]))
      write_field (writer, record, &klass->fields[i]);
  writer->n_records--;
  close_bracket (writer, '}');
}

char *
flatline_record_to_json_string (FlatlineRecord *self, gboolean pretty)
{
  Writer writer = { .text = g_string_new (NULL), .pretty = pretty };

  g_return_val_if_fail (FLATLINE_IS_RECORD (self), NULL);

  write_record (&writer, self);
  return g_string_free (writer.text, FALSE);
}

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

static FlatlineRecord *
record_from_json (GType record_type, JsonNode *node, guint depth, GError **error)
{
  g_autoptr (FlatlineRecord) self = NULL;
  FlatlineRecordClass *klass;
  JsonObject *object;

  if (depth > MAX_JSON_DEPTH)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("Nested deeper than %d"), MAX_JSON_DEPTH);
      return NULL;
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("A %s should be a JSON object"),
                   g_type_name (record_type));
      return NULL;
    }
  object = json_node_get_object (node);
  self = g_object_new (record_type, NULL);
  klass = FLATLINE_RECORD_GET_CLASS (self);
  for (guint i = 0; i < klass->n_fields; i++)
    {
      g_autofree char *key = json_key_for_field (&klass->fields[i]);
      JsonNode *member = json_object_get_member (object, key);

      if (member && !JSON_NODE_HOLDS_NULL (member) && !read_field (self, &klass->fields[i], member, depth, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

FlatlineRecord *
flatline_record_from_json (GType record_type, JsonNode *node, GError **error)
{
  g_return_val_if_fail (g_type_is_a (record_type, FLATLINE_TYPE_RECORD), NULL);
  g_return_val_if_fail (node != NULL, NULL);

  return record_from_json (record_type, node, 0, error);
}
