/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTableOrder: sorters for the columns, and when they look again. A sorter compares what it has noted of the
 * records, so that a value that changes moves no row by itself, and no list is ever sorted by values that change
 * meanwhile. GTK 4.8 does not tell which column a view is sorted by: a comparison of two things that only this file
 * knows does.
 */
#include "config.h"

#include "flatline-table-order.h"

#include <glib/gi18n.h>

#include "flatline-ordered-list.h"
#include "flatline-row-places.h"
#include "flatline-table-row.h"

#define LOOK_AGAIN_S 3
#define READING_US   (10 * G_USEC_PER_SEC) /* this long after a sign of a reader nothing moves */
#define NO_COLUMN    G_MAXUINT
#define UNSORTED     "none"

typedef struct
{
  FlatlineTableOrder *order; /* borrowed: it owns this */
  const FlatlineColumn *column;
  guint index;
  GHashTable *notes; /* record (owned) -> Note, or none yet */
  GtkSorter *sorter;
} Sorting;

struct _FlatlineTableOrder
{
  GObject parent_instance;
  GtkColumnView *view; /* borrowed: it owns this */
  const FlatlineRows *rows;
  const FlatlineColumn *columns;
  guint n_columns;
  Sorting *sortings;
  GSettings *settings;
  char *key;
  GSimpleActionGroup *actions;
  GMenu *menu;
  guint probed; /* the column that was asked to compare our two things */
  guint primary;
  gboolean descending;
  gboolean live;
  gint64 reader_seen_us; /* 0: the pointer has left */
  guint source;
  FlatlineOrderedList *list; /* of thousands; NULL: GTK sorts */
  GObject *selected;         /* a record */
  gboolean to_top;
  guint settle_source;
};

G_DEFINE_FINAL_TYPE (FlatlineTableOrder, flatline_table_order, G_TYPE_OBJECT)

/* What is compared */

typedef struct
{
  double number;
  char *text; /* as a key of collation */
} Note;

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->text);
  g_free (note);
}

static const Note *
look_at (Sorting *sorting, gpointer record)
{
  Note *note = g_hash_table_lookup (sorting->notes, record);

  if (note)
    return note;
  note = g_new0 (Note, 1);
  if (sorting->column->number)
    note->number = sorting->column->number (record);
  else
    {
      g_autofree char *text = sorting->column->text (record);

      /* Numbers in a text by their size: “worker 9” before “worker 10”. */
      note->text = g_utf8_collate_key_for_filename (text ? text : "", -1);
    }
  g_hash_table_insert (sorting->notes, g_object_ref (record), note);
  return note;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  Sorting *sorting = user_data;
  const Note *left, *right;

  if (a == sorting->order)
    {
      sorting->order->probed = sorting->index;
      return GTK_ORDERING_SMALLER;
    }
  left = look_at (sorting, (gpointer)a);
  right = look_at (sorting, (gpointer)b);
  if (left->text)
    return gtk_ordering_from_cmpfunc (strcmp (left->text, right->text));
  return left->number < right->number   ? GTK_ORDERING_SMALLER
         : left->number > right->number ? GTK_ORDERING_LARGER
                                        : GTK_ORDERING_EQUAL;
}

static int
compare_in_order (gconstpointer a, gconstpointer b, gpointer user_data)
{
  Sorting *sorting = user_data;
  int ordering = compare (a, b, sorting);

  return sorting->order->descending ? -ordering : ordering;
}

static void
forget_notes (FlatlineTableOrder *self)
{
  for (guint i = 0; i < self->n_columns; i++)
    g_hash_table_remove_all (self->sortings[i].notes);
}

/* When rows move */

static gboolean
is_read (FlatlineTableOrder *self)
{
  return self->reader_seen_us && g_get_monotonic_time () - self->reader_seen_us < READING_US;
}

/* When all are where they belong. Whoever asks for an order looks at its beginning. */
static gboolean
settle (gpointer user_data)
{
  FlatlineTableOrder *self = user_data;

  if (self->list && flatline_ordered_list_is_moving (self->list))
    return G_SOURCE_CONTINUE;
  self->settle_source = 0;
  if (self->to_top && g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (self->view))) > 0)
    gtk_widget_activate_action (gtk_widget_get_last_child (GTK_WIDGET (self->view)), "list.scroll-to-item", "u", 0);
  self->to_top = FALSE;
  return G_SOURCE_REMOVE;
}

static void
order_list (FlatlineTableOrder *self)
{
  if (!self->settle_source)
    self->settle_source = g_idle_add_full (G_PRIORITY_LOW, settle, self, NULL);
  if (!self->list)
    return;
  if (self->primary == NO_COLUMN)
    flatline_ordered_list_set_order (self->list, NULL, NULL);
  else
    flatline_ordered_list_set_order (self->list, compare_in_order, &self->sortings[self->primary]);
}

static void
on_selected (FlatlineTableOrder *self, GParamSpec *pspec, GtkSingleSelection *selection)
{
  FlatlineTableRow *row = gtk_single_selection_get_selected_item (selection);

  g_set_object (&self->selected, row ? flatline_table_row_get_record (row) : NULL);
}

/* A selection is of a place. */
static void
on_record_moved (FlatlineTableOrder *self, GObject *record, guint position)
{
  if (record == self->selected)
    gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (gtk_column_view_get_model (self->view)), position);
}

static gboolean
look_again (gpointer user_data)
{
  FlatlineTableOrder *self = user_data;

  if (is_read (self))
    return G_SOURCE_CONTINUE;
  forget_notes (self);
  order_list (self);
  if (!self->list)
    gtk_sorter_changed (self->sortings[self->primary].sorter, GTK_SORTER_CHANGE_DIFFERENT);
  return G_SOURCE_CONTINUE;
}

/* Out of sight too: what is noted of records that are gone is let go then. */
static void
update_source (FlatlineTableOrder *self)
{
  gboolean needed = self->live && self->primary != NO_COLUMN;

  if (needed && !self->source)
    self->source = g_timeout_add_seconds (LOOK_AGAIN_S, look_again, self);
  else if (!needed)
    g_clear_handle_id (&self->source, g_source_remove);
}

static void
on_reader_seen (FlatlineTableOrder *self)
{
  self->reader_seen_us = g_get_monotonic_time ();
}

static void
on_reader_left (FlatlineTableOrder *self)
{
  self->reader_seen_us = 0;
}

static gboolean
on_key (FlatlineTableOrder *self)
{
  on_reader_seen (self);
  return GDK_EVENT_PROPAGATE;
}

/* Which column, and which way */

static const char *
get_column_name (FlatlineTableOrder *self, guint index)
{
  return index < self->n_columns ? self->columns[index].title : UNSORTED;
}

static guint
find_column (FlatlineTableOrder *self, const char *name)
{
  for (guint i = 0; i < self->n_columns; i++)
    if (g_str_equal (self->columns[i].title, name))
      return i;
  return NO_COLUMN;
}

static void
set_state (FlatlineTableOrder *self, const char *name, GVariant *state)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), state);
  if (g_str_equal (name, "descending"))
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), self->primary != NO_COLUMN);
}

static void
learn_order (FlatlineTableOrder *self)
{
  GtkOrdering ordering;

  self->probed = NO_COLUMN;
  ordering = gtk_sorter_compare (gtk_column_view_get_sorter (self->view), self, self->view);
  self->primary = self->probed;
  self->descending = self->primary != NO_COLUMN && ordering == GTK_ORDERING_LARGER;
  set_state (self, "column", g_variant_new_string (get_column_name (self, self->primary)));
  set_state (self, "descending", g_variant_new_boolean (self->descending));
}

/* Also when a sorter of ours looks again, which changes nothing here. */
static void
on_order_changed (FlatlineTableOrder *self)
{
  const guint before = self->primary;
  const gboolean descended = self->descending;
  g_autofree char *kept = NULL;

  /* The columns go before their view. */
  if (gtk_widget_in_destruction (GTK_WIDGET (self->view)))
    return;
  learn_order (self);
  if (self->primary == before && self->descending == descended)
    return;
  forget_notes (self);
  kept = self->primary == NO_COLUMN
             ? g_strdup ("")
             : g_strconcat (self->descending ? "-" : "+", get_column_name (self, self->primary), NULL);
  g_settings_set_string (self->settings, self->key, kept);
  update_source (self);
  self->to_top = TRUE;
  order_list (self);
}

static void
set_order (FlatlineTableOrder *self, guint index, gboolean descending)
{
  g_autoptr (GtkColumnViewColumn) column = NULL;

  if (index != NO_COLUMN)
    column = g_list_model_get_item (gtk_column_view_get_columns (self->view), index);
  gtk_column_view_sort_by_column (self->view, column, descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
}

static void
column_changed (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  FlatlineTableOrder *self = user_data;
  guint index = find_column (self, g_variant_get_string (state, NULL));

  /* Of numbers one wants the greatest. */
  set_order (self, index, index != NO_COLUMN && self->columns[index].flags & FLATLINE_COLUMN_NUMERIC);
}

static void
descending_changed (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  FlatlineTableOrder *self = user_data;

  set_order (self, self->primary, g_variant_get_boolean (state));
}

static const GActionEntry action_entries[] = {
  { .name = "column", .parameter_type = "s", .state = "'" UNSORTED "'", .change_state = column_changed },
  { .name = "descending", .state = "false", .change_state = descending_changed },
};

static void
fill_menu (FlatlineTableOrder *self)
{
  g_autoptr (GMenu) columns = g_menu_new ();
  g_autoptr (GMenu) direction = g_menu_new ();

  for (guint i = 0; i <= self->n_columns; i++)
    {
      /* Translators: the rows of a table are in no order but the one they came in */
      const char *label = i < self->n_columns ? _ (self->columns[i].title) : _ ("Not Sorted");
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "order.column", "s", get_column_name (self, i));
      g_menu_append_item (columns, item);
    }
  g_menu_append (direction, _ ("_Descending"), "order.descending");
  g_menu_append_section (self->menu, NULL, G_MENU_MODEL (columns));
  g_menu_append_section (self->menu, NULL, G_MENU_MODEL (direction));
}

/* Making and ending */

static void
add_controllers (FlatlineTableOrder *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_reader_seen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_reader_left), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->view), motion);
  gtk_widget_add_controller (GTK_WIDGET (self->view), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
}

static void
add_sorters (FlatlineTableOrder *self)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);

  self->sortings = g_new0 (Sorting, self->n_columns);
  for (guint i = 0; i < self->n_columns; i++)
    {
      Sorting *sorting = &self->sortings[i];
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      sorting->order = self;
      sorting->column = &self->columns[i];
      sorting->index = i;
      sorting->notes = g_hash_table_new_full (NULL, NULL, g_object_unref, note_free);
      sorting->sorter = GTK_SORTER (gtk_custom_sorter_new (compare, sorting, NULL));
      gtk_column_view_column_set_sorter (column, sorting->sorter);
      gtk_column_view_column_set_header_menu (column, G_MENU_MODEL (self->menu));
    }
}

static void
flatline_table_order_dispose (GObject *object)
{
  FlatlineTableOrder *self = FLATLINE_TABLE_ORDER (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->settle_source, g_source_remove);
  g_clear_object (&self->list);
  g_clear_object (&self->selected);
  g_clear_object (&self->settings);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (flatline_table_order_parent_class)->dispose (object);
}

static void
flatline_table_order_finalize (GObject *object)
{
  FlatlineTableOrder *self = FLATLINE_TABLE_ORDER (object);

  for (guint i = 0; i < self->n_columns; i++)
    {
      /* A list in the middle of its work may outlive the view. */
      gtk_custom_sorter_set_sort_func (GTK_CUSTOM_SORTER (self->sortings[i].sorter), NULL, NULL, NULL);
      g_object_unref (self->sortings[i].sorter);
      g_hash_table_unref (self->sortings[i].notes);
    }
  g_free (self->sortings);
  g_object_unref (self->menu);
  g_free (self->key);
  G_OBJECT_CLASS (flatline_table_order_parent_class)->finalize (object);
}

static void
flatline_table_order_class_init (FlatlineTableOrderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_table_order_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_table_order_finalize;
}

static void
flatline_table_order_init (FlatlineTableOrder *self)
{
  self->primary = NO_COLUMN;
  self->menu = g_menu_new ();
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
}

FlatlineTableOrder *
flatline_table_order_add (GtkWidget *pane,
                          GtkColumnView *view,
                          const char *key,
                          const FlatlineRows *rows,
                          const FlatlineColumn *columns,
                          guint n_columns)
{
  FlatlineTableOrder *self = g_object_new (FLATLINE_TYPE_TABLE_ORDER, NULL);
  g_autofree char *kept = NULL;

  g_object_set_data_full (G_OBJECT (view), "flatline-table-order", self, g_object_unref);
  self->view = view;
  self->rows = rows;
  self->columns = columns;
  self->n_columns = n_columns;
  self->key = g_strdup (key);
  self->settings = g_settings_new ("org.flatline.Flatline");
  fill_menu (self);
  add_sorters (self);
  add_controllers (self);
  gtk_widget_insert_action_group (pane, "order", G_ACTION_GROUP (self->actions));
  kept = g_settings_get_string (self->settings, key);
  if (*kept)
    set_order (self, find_column (self, kept + 1), *kept == '-');
  learn_order (self);
  /* Before any list is sorted: its notes are of the order before. */
  g_signal_connect_object (gtk_column_view_get_sorter (view), "changed", G_CALLBACK (on_order_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}

GListModel *
flatline_table_order_sort (FlatlineTableOrder *self, GListModel *model, gboolean gradually)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->view);

  forget_notes (self);
  if (!gradually)
    return G_LIST_MODEL (gtk_sort_list_model_new (
        model, self->rows->in_tree ? GTK_SORTER (gtk_tree_list_row_sorter_new (g_object_ref (sorter)))
                                   : g_object_ref (sorter)));
  if (!self->list)
    g_signal_connect_object (gtk_column_view_get_model (self->view), "notify::selected-item", G_CALLBACK (on_selected),
                             self, G_CONNECT_SWAPPED);
  g_clear_object (&self->list);
  self->list = flatline_ordered_list_new (model);
  flatline_ordered_list_set_place (self->list, flatline_column_view_get_place, self->view);
  g_signal_connect_object (self->list, "record-moved", G_CALLBACK (on_record_moved), self, G_CONNECT_SWAPPED);
  if (self->primary != NO_COLUMN)
    order_list (self);
  return g_object_ref (G_LIST_MODEL (self->list));
}

void
flatline_table_order_set_live (FlatlineTableOrder *self, gboolean live)
{
  self->live = live;
  update_source (self);
}

GMenuModel *
flatline_table_order_get_menu (FlatlineTableOrder *self)
{
  return G_MENU_MODEL (self->menu);
}
