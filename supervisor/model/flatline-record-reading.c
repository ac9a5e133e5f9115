/* SPDX-License-Identifier: MIT */
/* JSON to records, out of the tables of fields, with json-glib's parser; what does not fit is refused. */
#include "flatline-record.h"

#include <glib/gi18n.h>
#include <string.h>

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

static FlatlineRecord *
record_from_json (GType record_type, JsonNode *node, guint depth, GError **error)
{
  g_autoptr (FlatlineRecord) self = NULL;
  FlatlineRecordClass *klass;
  JsonObject *object;

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
