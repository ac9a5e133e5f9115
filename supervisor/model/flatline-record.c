/* SPDX-License-Identifier: MIT */
/* FlatlineRecord: properties and JSON of the model's classes, out of one table of fields a class. */
#include "flatline-record.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_JSON_DEPTH 128

G_DEFINE_ABSTRACT_TYPE (FlatlineRecord, flatline_record, G_TYPE_OBJECT)

#define FIELD(self, field, type) (*(type *)G_STRUCT_MEMBER_P (self, (field)->offset))

static void
flatline_record_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (object);
  const FlatlineField *field = &klass->fields[property_id - 1];

  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      g_value_set_boolean (value, FIELD (object, field, gboolean));
      break;
    case FLATLINE_FIELD_INTEGER:
      g_value_set_int64 (value, FIELD (object, field, gint64));
      break;
    case FLATLINE_FIELD_ADDRESS:
      g_value_set_uint64 (value, FIELD (object, field, guint64));
      break;
    case FLATLINE_FIELD_DOUBLE:
      g_value_set_double (value, FIELD (object, field, double));
      break;
    case FLATLINE_FIELD_STRING:
      g_value_set_string (value, FIELD (object, field, char *));
      break;
    case FLATLINE_FIELD_STRV:
      g_value_set_boxed (value, FIELD (object, field, char **));
      break;
    case FLATLINE_FIELD_RECORD:
    case FLATLINE_FIELD_LIST:
      g_value_set_object (value, FIELD (object, field, GObject *));
      break;
    }
}

static void
flatline_record_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (object);
  const FlatlineField *field = &klass->fields[property_id - 1];
  gboolean changed = TRUE;

  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      changed = FIELD (object, field, gboolean) != g_value_get_boolean (value);
      FIELD (object, field, gboolean) = g_value_get_boolean (value);
      break;
    case FLATLINE_FIELD_INTEGER:
      changed = FIELD (object, field, gint64) != g_value_get_int64 (value);
      FIELD (object, field, gint64) = g_value_get_int64 (value);
      break;
    case FLATLINE_FIELD_ADDRESS:
      changed = FIELD (object, field, guint64) != g_value_get_uint64 (value);
      FIELD (object, field, guint64) = g_value_get_uint64 (value);
      break;
    case FLATLINE_FIELD_DOUBLE:
      changed = FIELD (object, field, double) != g_value_get_double (value);
      FIELD (object, field, double) = g_value_get_double (value);
      break;
    case FLATLINE_FIELD_STRING:
      changed = g_strcmp0 (FIELD (object, field, char *), g_value_get_string (value)) != 0;
      if (changed)
        {
          g_free (FIELD (object, field, char *));
          FIELD (object, field, char *) = g_value_dup_string (value);
        }
      break;
    case FLATLINE_FIELD_STRV:
      g_strfreev (FIELD (object, field, char **));
      FIELD (object, field, char **) = g_value_dup_boxed (value);
      break;
    case FLATLINE_FIELD_RECORD:
    case FLATLINE_FIELD_LIST:
      changed = g_set_object (&FIELD (object, field, GObject *), g_value_get_object (value));
      break;
    }
  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
flatline_record_finalize (GObject *object)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (object);

  for (guint i = 0; i < klass->n_fields; i++)
    {
      const FlatlineField *field = &klass->fields[i];

      if (field->kind == FLATLINE_FIELD_STRING)
        g_free (FIELD (object, field, char *));
      else if (field->kind == FLATLINE_FIELD_STRV)
        g_strfreev (FIELD (object, field, char **));
      else if (field->kind == FLATLINE_FIELD_RECORD || field->kind == FLATLINE_FIELD_LIST)
        g_clear_object (&FIELD (object, field, GObject *));
    }
  G_OBJECT_CLASS (flatline_record_parent_class)->finalize (object);
}

static void
flatline_record_class_init (FlatlineRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = flatline_record_finalize;
}

static void
flatline_record_init (FlatlineRecord *self)
{
}

static GParamSpec *
param_spec_for_field (const FlatlineField *field)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      return g_param_spec_boolean (field->name, NULL, NULL, FALSE, flags);
    case FLATLINE_FIELD_INTEGER:
      return g_param_spec_int64 (field->name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case FLATLINE_FIELD_ADDRESS:
      return g_param_spec_uint64 (field->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
    case FLATLINE_FIELD_DOUBLE:
      return g_param_spec_double (field->name, NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
    case FLATLINE_FIELD_STRING:
      return g_param_spec_string (field->name, NULL, NULL, NULL, flags);
    case FLATLINE_FIELD_STRV:
      return g_param_spec_boxed (field->name, NULL, NULL, G_TYPE_STRV, flags);
    case FLATLINE_FIELD_RECORD:
      return g_param_spec_object (field->name, NULL, NULL, field->record_type (), flags);
    case FLATLINE_FIELD_LIST:
      return g_param_spec_object (field->name, NULL, NULL, G_TYPE_LIST_STORE, flags);
    }
  g_assert_not_reached ();
}

void
flatline_record_class_install_fields (FlatlineRecordClass *klass, const FlatlineField *fields, guint n_fields)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  /* GObject clears these in each derived class. */
  object_class->get_property = flatline_record_get_property;
  object_class->set_property = flatline_record_set_property;
  klass->fields = fields;
  klass->n_fields = n_fields;
  for (guint i = 0; i < n_fields; i++)
    g_object_class_install_property (object_class, i + 1, param_spec_for_field (&fields[i]));
}

static char *
json_key_for_field (const FlatlineField *field)
{
  return g_strdelimit (g_strdup (field->name), "-", '_');
}

static void
add_string_member (JsonObject *object, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_validate (text, -1, NULL) ? NULL : g_utf8_make_valid (text, -1);

  json_object_set_string_member (object, key, valid ? valid : text);
}

static JsonNode *
strv_to_json (char **strings)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (char **s = strings; *s; s++)
    {
      g_autofree char *valid = g_utf8_make_valid (*s, -1);
      json_array_add_string_element (array, valid);
    }
  json_node_take_array (node, array);
  return node;
}

static JsonNode *
list_to_json (GListStore *list)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; i < flatline_list_length (list); i++)
    json_array_add_element (array, flatline_record_to_json (flatline_list_peek (list, i)));
  json_node_take_array (node, array);
  return node;
}

/*
 * json-glib 1.6 writes a double whose shortest text is "1e+308" or "1e-10" as "1e+308.0", which nobody reads. Ours are
 * percentages: whatever is so large or small, infinite or no number came from a damaged file.
 */
static double
writable_double (double number)
{
  double size = fabs (number);

  return isfinite (number) && size < 1e15 && size > 1e-4 ? number : 0;
}

static void
add_field_to_json (FlatlineRecord *self, const FlatlineField *field, JsonObject *object)
{
  g_autofree char *key = json_key_for_field (field);

  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      if (!field->sparse || FIELD (self, field, gboolean))
        json_object_set_boolean_member (object, key, FIELD (self, field, gboolean));
      break;
    case FLATLINE_FIELD_INTEGER:
      if (!field->sparse || FIELD (self, field, gint64) != 0)
        json_object_set_int_member (object, key, FIELD (self, field, gint64));
      break;
    case FLATLINE_FIELD_ADDRESS:
      if (!field->sparse || FIELD (self, field, guint64) != 0)
        {
          g_autofree char *text = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", FIELD (self, field, guint64));
          json_object_set_string_member (object, key, text);
        }
      break;
    case FLATLINE_FIELD_DOUBLE:
      if (!field->sparse || FIELD (self, field, double) != 0)
        json_object_set_double_member (object, key, writable_double (FIELD (self, field, double)));
      break;
    case FLATLINE_FIELD_STRING:
      if (FIELD (self, field, char *))
        add_string_member (object, key, FIELD (self, field, char *));
      break;
    case FLATLINE_FIELD_STRV:
      if (FIELD (self, field, char **))
        json_object_set_member (object, key, strv_to_json (FIELD (self, field, char **)));
      break;
    case FLATLINE_FIELD_RECORD:
      if (FIELD (self, field, FlatlineRecord *))
        json_object_set_member (object, key, flatline_record_to_json (FIELD (self, field, FlatlineRecord *)));
      break;
    case FLATLINE_FIELD_LIST:
      if (flatline_list_length (FIELD (self, field, GListStore *)) > 0)
        json_object_set_member (object, key, list_to_json (FIELD (self, field, GListStore *)));
      break;
    }
}

JsonNode *
flatline_record_to_json (FlatlineRecord *self)
{
  FlatlineRecordClass *klass;
  JsonNode *node;
  JsonObject *object;

  g_return_val_if_fail (FLATLINE_IS_RECORD (self), NULL);

  klass = FLATLINE_RECORD_GET_CLASS (self);
  object = json_object_new ();
  for (guint i = 0; i < klass->n_fields; i++)
    add_field_to_json (self, &klass->fields[i], object);
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

char *
flatline_record_to_json_string (FlatlineRecord *self, gboolean pretty)
{
  g_autoptr (JsonNode) node = flatline_record_to_json (self);

  return json_to_string (node, pretty);
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

static void
free_in_worker (gpointer record, gpointer user_data)
{
  g_object_unref (record);
}

/* By now whoever showed it shows something else, so that the last reference is this one. */
static gboolean
hand_over (gpointer record)
{
  static GThreadPool *pool;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (free_in_worker, NULL, 1, FALSE, NULL));
  g_thread_pool_push (pool, record, NULL);
  return G_SOURCE_REMOVE;
}

void
flatline_record_let_go (gpointer record)
{
  if (record)
    g_idle_add_full (G_PRIORITY_LOW, hand_over, record, NULL);
}

void
flatline_list_append (GListStore **list, gpointer item)
{
  if (*list == NULL)
    *list = g_list_store_new (G_OBJECT_TYPE (item));
  g_list_store_append (*list, item);
  g_object_unref (item);
}

guint
flatline_list_length (GListStore *list)
{
  /* Asked for a hundred thousand times in a snapshot: without the check of the cast. */
  return list ? g_list_model_get_n_items ((GListModel *)list) : 0;
}

gpointer
flatline_list_peek (GListStore *list, guint position)
{
  gpointer item = list ? g_list_model_get_item ((GListModel *)list, position) : NULL;

  if (item)
    g_object_unref (item);
  return item;
}
