/* SPDX-License-Identifier: MIT */
/* FlatlineRecord: properties and lists of the model's classes, out of one table of fields a class. */
#include "flatline-record.h"

#include "flatline-shared-reading.h"

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
  klass->keys = g_new0 (char *, n_fields + 1);
  for (guint i = 0; i < n_fields; i++)
    {
      g_object_class_install_property (object_class, i + 1, param_spec_for_field (&fields[i]));
      klass->keys[i] = g_strdelimit (g_strdup_printf ("\"%s\"", fields[i].name), "-", '_');
    }
}

static GListStore *
copy_list (GListStore *list)
{
  GListStore *copy = NULL;

  for (guint i = 0; i < flatline_list_length (list); i++)
    flatline_list_append (&copy, flatline_record_copy (flatline_list_peek (list, i)));
  return copy;
}

gpointer
flatline_record_copy (gpointer record)
{
  FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (record);
  FlatlineRecord *copy = g_object_new (G_OBJECT_TYPE (record), NULL);

  for (guint i = 0; i < klass->n_fields; i++)
    {
      const FlatlineField *field = &klass->fields[i];

      switch (field->kind)
        {
        case FLATLINE_FIELD_BOOLEAN:
          FIELD (copy, field, gboolean) = FIELD (record, field, gboolean);
          break;
        case FLATLINE_FIELD_INTEGER:
          FIELD (copy, field, gint64) = FIELD (record, field, gint64);
          break;
        case FLATLINE_FIELD_ADDRESS:
          FIELD (copy, field, guint64) = FIELD (record, field, guint64);
          break;
        case FLATLINE_FIELD_DOUBLE:
          FIELD (copy, field, double) = FIELD (record, field, double);
          break;
        case FLATLINE_FIELD_STRING:
          FIELD (copy, field, char *) = g_strdup (FIELD (record, field, char *));
          break;
        case FLATLINE_FIELD_STRV:
          FIELD (copy, field, char **) = g_strdupv (FIELD (record, field, char **));
          break;
        case FLATLINE_FIELD_RECORD:
          if (FIELD (record, field, gpointer))
            FIELD (copy, field, gpointer) = flatline_record_copy (FIELD (record, field, gpointer));
          break;
        case FLATLINE_FIELD_LIST:
          FIELD (copy, field, GListStore *) = copy_list (FIELD (record, field, GListStore *));
          break;
        }
    }
  return copy;
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

GListStore *
flatline_list_new_from (GPtrArray *items)
{
  GListStore *list;

  if (items->len == 0)
    return NULL;
  list = g_list_store_new (G_OBJECT_TYPE (g_ptr_array_index (items, 0)));
  g_list_store_splice (list, 0, 0, items->pdata, items->len);
  for (guint i = 0; i < items->len; i++)
    g_object_unref (g_ptr_array_index (items, i));
  return list;
}

/*
 * Lists are asked a hundred thousand times in a snapshot. Functions of GListModel would look each time for those of the
 * class, which for all lists is the same one.
 */
static const GListModelInterface *
get_functions (GListStore *list)
{
  static const GListModelInterface *functions;
  const GListModelInterface *found = g_atomic_pointer_get (&functions);

  if (!found)
    {
      found = G_LIST_MODEL_GET_IFACE (list);
      g_atomic_pointer_set (&functions, found);
    }
  return found;
}

guint
flatline_list_length (GListStore *list)
{
  return list ? get_functions (list)->get_n_items ((GListModel *)list) : 0;
}

gpointer
flatline_list_peek (GListStore *list, guint position)
{
  FlatlineSharedReading *reading = flatline_shared_reading_get ();
  gpointer item;

  if (reading && list)
    return flatline_shared_reading_peek (reading, list, position);
  item = list ? get_functions (list)->get_item ((GListModel *)list, position) : NULL;
  if (item)
    g_object_unref (item);
  return item;
}
