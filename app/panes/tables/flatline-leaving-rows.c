/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-leaving-rows.h"

#define MAX_RUN 6   /* rows that go at one go where a view has widgets for them */
#define FAR     260 /* so many rows away it has none: GTK builds at most about 200 */

struct _FlatlineLeavingRows
{
  GPtrArray *shown; /* borrowed */
  FlatlineLeavingKeyFunc get_key;
  GHashTable *keys; /* owned, of those that are to go */
  FlatlineLeavingPlaceFunc get_place;
  GObject *view; /* weak */
  guint seen;    /* the row that was looked at when the first of them was to go */
  guint first;   /* they are between these places */
  guint end;
};

FlatlineLeavingRows *
flatline_leaving_rows_new (GPtrArray *shown, FlatlineLeavingKeyFunc get_key)
{
  FlatlineLeavingRows *self = g_new0 (FlatlineLeavingRows, 1);

  self->shown = shown;
  self->get_key = get_key;
  self->keys = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  return self;
}

void
flatline_leaving_rows_free (FlatlineLeavingRows *self)
{
  g_clear_weak_pointer (&self->view);
  g_hash_table_unref (self->keys);
  g_free (self);
}

void
flatline_leaving_rows_set_place (FlatlineLeavingRows *self, FlatlineLeavingPlaceFunc get_place, gpointer view)
{
  self->get_place = get_place;
  g_set_weak_pointer (&self->view, view);
}

guint
flatline_leaving_rows_get_n (FlatlineLeavingRows *self)
{
  return g_hash_table_size (self->keys);
}

static void
look_everywhere (FlatlineLeavingRows *self)
{
  self->first = 0;
  self->end = self->shown->len;
}

void
flatline_leaving_rows_add (FlatlineLeavingRows *self, gpointer key)
{
  if (g_hash_table_size (self->keys) == 0)
    self->seen = self->view ? self->get_place (self->view) : 0;
  g_hash_table_add (self->keys, g_object_ref (key));
  look_everywhere (self);
}

gboolean
flatline_leaving_rows_remove (FlatlineLeavingRows *self, gpointer key)
{
  return g_hash_table_remove (self->keys, key);
}

gboolean
flatline_leaving_rows_contain (FlatlineLeavingRows *self, gpointer key)
{
  return g_hash_table_contains (self->keys, key);
}

static gpointer
key_at (FlatlineLeavingRows *self, guint position)
{
  gpointer row = self->shown->pdata[position];

  return self->get_key ? self->get_key (row) : row;
}

gboolean
flatline_leaving_rows_is_leaving (FlatlineLeavingRows *self, guint position)
{
  return g_hash_table_contains (self->keys, key_at (self, position));
}

void
flatline_leaving_rows_changed (FlatlineLeavingRows *self, guint position, guint removed, guint added)
{
  if (position + removed <= self->seen)
    self->seen += added - removed;
  look_everywhere (self);
}

/* The rows after the place from the last one on. */
static guint
find_after (FlatlineLeavingRows *self, guint place)
{
  guint n = 0;

  while (self->end > place && !flatline_leaving_rows_is_leaving (self, self->end - 1))
    self->end--;
  while (self->end - n > place && flatline_leaving_rows_is_leaving (self, self->end - n - 1)
         && (n < MAX_RUN || self->end - n > place + FAR))
    n++;
  return n;
}

/* Those before it from the first one on. */
static guint
find_before (FlatlineLeavingRows *self, guint place)
{
  guint n = 0;

  while (self->first < self->end && !flatline_leaving_rows_is_leaving (self, self->first))
    self->first++;
  while (self->first + n < self->end && flatline_leaving_rows_is_leaving (self, self->first + n)
         && (n < MAX_RUN || self->first + n + FAR < place))
    n++;
  return n;
}

guint
flatline_leaving_rows_take_some (FlatlineLeavingRows *self, guint *position)
{
  const guint place = CLAMP (self->seen, self->first, self->end);
  guint n = find_after (self, place);

  *position = self->end - n;
  if (n == 0)
    {
      n = find_before (self, place);
      *position = self->first;
    }
  for (guint i = 0; i < n; i++)
    g_hash_table_remove (self->keys, key_at (self, *position + i));
  self->end -= n;
  self->seen -= *position < self->seen ? MIN (n, self->seen - *position) : 0;
  if (n > 0)
    g_ptr_array_remove_range (self->shown, *position, n);
  return n;
}

static GQuark
get_folded_quark (void)
{
  return g_quark_from_static_string ("flatline-folded");
}

gboolean
flatline_leaving_rows_is_folded (gpointer row)
{
  return row && g_object_get_qdata (row, get_folded_quark ());
}

/* Whether it tells that it is gone. It has no place, depth or children then, but newer GTK leaves it its item; of what
 * changes in one that is there GTK tells only that it is unfolded or folded, and with which children. */
static gboolean
tells_end (GtkTreeListRow *row, const char *property)
{
  if (!g_str_equal (property, "expanded") && !g_str_equal (property, "children"))
    return TRUE;
  return gtk_tree_list_row_get_position (row) == 0 && gtk_tree_list_row_get_depth (row) == 0
         && !gtk_tree_list_row_is_expandable (row);
}

static void
on_notify (GtkTreeListRow *row, GParamSpec *property)
{
  const GSignalInvocationHint *hint = g_signal_get_invocation_hint (row);

  if (!flatline_leaving_rows_is_folded (row) && tells_end (row, property->name))
    g_object_set_qdata (G_OBJECT (row), get_folded_quark (), GINT_TO_POINTER (TRUE));
  if (flatline_leaving_rows_is_folded (row))
    g_signal_stop_emission (row, hint->signal_id, hint->detail);
}

void
flatline_leaving_rows_keep_looks (GtkTreeListRow *row)
{
  if (!g_signal_handler_find (row, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_notify, NULL))
    g_signal_connect (row, "notify", G_CALLBACK (on_notify), NULL);
}
