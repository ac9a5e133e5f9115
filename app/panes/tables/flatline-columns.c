/* SPDX-License-Identifier: MIT */
/*
 * Columns of text for column views of records; see the header. The cells have a size of their own, and not that of
 * their text, and the cells of a row listen to its record together.
 */
#include "config.h"

#include "flatline-columns.h"

#include <glib/gi18n.h>

#include "flatline-cell-label.h"
#include "flatline-column-room.h"
#include "flatline-gradual-list.h"
#include "flatline-leaving-rows.h"
#include "flatline-row-news.h"
#include "flatline-row-places.h"
#include "flatline-rows-in-view.h"
#include "flatline-tab-key.h"
#include "flatline-scrolled-layout.h"
#include "flatline-table-row.h"

#define MIN_TREE_CHARS 10

#define LEFT_TO_RIGHT_MARK "\u200e"

typedef struct
{
  const FlatlineColumn *column;
  const FlatlineRows *rows;
  gboolean is_first;
  FlatlineCellMetrics *metrics; /* counted: cells may outlive the view's columns */
} Source;

typedef struct
{
  const FlatlineColumn *column;
  const FlatlineRows *rows;
  GtkListItem *list_item; /* borrowed: it owns the widgets */
  FlatlineCellLabel *label;
  FlatlineCellMetrics *metrics;
  GtkWidget *expander; /* NULL but in the column with the tree */
  GObject *item;       /* that it is bound to; NULL: not yet */
  GObject *record;     /* NULL: not bound, or to a row of a tree that is folded by now */
  const char *class;   /* that the label has */
  GListModel *children;
} Cell;

static const char *const leaf_classes[] = { "leaf", NULL };
static const char *const branch_classes[] = { NULL };

/* Asked for thousands of times when a row comes above those that are built. */
static GQuark
get_cell_quark (void)
{
  static GQuark quark;

  if (!quark)
    quark = g_quark_from_static_string ("flatline-cell");
  return quark;
}

static void
update_text (Cell *cell)
{
  g_autofree char *text = cell->column->text (cell->record);

  /* “0.5 %” has no letter that would say in which direction it is read. */
  if (text && (cell->column->flags & FLATLINE_COLUMN_NUMERIC)
      && gtk_widget_get_direction (GTK_WIDGET (cell->label)) == GTK_TEXT_DIR_RTL)
    {
      g_autofree char *number = g_steal_pointer (&text);

      text = g_strconcat (LEFT_TO_RIGHT_MARK, number, NULL);
    }
  flatline_cell_label_set_text (cell->label, text);
}

static void
update_class (Cell *cell)
{
  const char *class = cell->rows->get_class ? cell->rows->get_class (cell->record) : NULL;
  const char *classes[] = { class, NULL };

  if (class == cell->class)
    return;
  cell->class = class;
  gtk_widget_set_css_classes (GTK_WIDGET (cell->label), classes);
}

/* A leaf that has an empty list of children, which may fill up later, shows no arrow until then. */
static void
update_arrow (Cell *cell)
{
  gboolean leaf = cell->children && g_list_model_get_n_items (cell->children) == 0;

  gtk_widget_set_css_classes (cell->expander, (const char **)(leaf ? leaf_classes : branch_classes));
}

static void
follow_children (Cell *cell)
{
  g_autoptr (GListModel) children = NULL;

  g_object_get (cell->record, "children", &children, NULL);
  if (children != cell->children)
    {
      if (cell->children)
        g_signal_handlers_disconnect_by_data (cell->children, cell);
      g_set_object (&cell->children, children);
      if (children)
        g_signal_connect_swapped (children, "items-changed", G_CALLBACK (update_arrow), cell);
    }
  update_arrow (cell);
}

static gboolean
shows (const FlatlineColumn *column, const char *property)
{
  for (guint i = 0; i < G_N_ELEMENTS (column->properties) && column->properties[i]; i++)
    if (g_str_equal (column->properties[i], property))
      return TRUE;
  return FALSE;
}

static void
take (Cell *cell, gpointer record)
{
  g_set_object (&cell->record, record);
  if (!record)
    return;
  update_text (cell);
  update_class (cell);
  if (cell->expander)
    follow_children (cell);
}

static void
on_news (gpointer listener, const char *property)
{
  Cell *cell = listener;

  if (!property)
    {
      take (cell, flatline_table_row_get_record (FLATLINE_TABLE_ROW (cell->item)));
      return;
    }
  if (!cell->record)
    return;
  if (shows (cell->column, property))
    update_text (cell);
  if (g_strcmp0 (cell->rows->class_property, property) == 0)
    update_class (cell);
  if (cell->expander && g_str_equal (property, "children"))
    follow_children (cell);
}

static void
let_go (Cell *cell)
{
  if (cell->item)
    flatline_row_news_leave (cell->item, cell);
  if (cell->children)
    g_signal_handlers_disconnect_by_data (cell->children, cell);
  g_clear_object (&cell->children);
  g_clear_object (&cell->record);
  g_clear_object (&cell->item);
}

static GObject *
dup_record (Cell *cell, GObject *item)
{
  if (FLATLINE_IS_TABLE_ROW (item))
    return g_object_ref (flatline_table_row_get_record (FLATLINE_TABLE_ROW (item)));
  return cell->rows->in_tree ? gtk_tree_list_row_get_item (GTK_TREE_LIST_ROW (item)) : g_object_ref (item);
}

/* GTK binds all rows between the old selection and the new one again, to what they are bound to already. So a cell is
 * not let go when it is unbound, but when it is bound to something else, or is gone. */
static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  Cell *cell = g_object_get_qdata (G_OBJECT (list_item), get_cell_quark ());
  GObject *item = gtk_list_item_get_item (list_item);
  g_autoptr (GObject) record = NULL;

  if (item == cell->item)
    return;
  let_go (cell);
  cell->item = g_object_ref (item);
  record = dup_record (cell, item);
  flatline_row_news_join (item, record, on_news, cell);
  if (cell->expander)
    flatline_leaving_rows_keep_looks (GTK_TREE_LIST_ROW (item));
  if (cell->expander)
    gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (cell->expander), GTK_TREE_LIST_ROW (item));
  take (cell, record);
}

static void
cell_free (gpointer data)
{
  Cell *cell = data;

  let_go (cell);
  g_rc_box_release (cell->metrics);
  g_free (cell);
}

static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, Cell *cell)
{
  g_autofree char *text = NULL;

  if (cell->record)
    text = cell->column->tooltip ? cell->column->tooltip (cell->record) : cell->column->text (cell->record);
  gtk_tooltip_set_text (tooltip, text);
  return text && *text;
}

static FlatlineCellLabel *
create_label (const FlatlineColumn *column, FlatlineCellMetrics *metrics)
{
  /* In a tree the way down to the name takes room too, and the other columns would be pushed out of view. */
  guint min_chars = column->flags & FLATLINE_COLUMN_TREE ? MIN (MIN_TREE_CHARS, column->chars) : column->chars;
  FlatlineCellLabel *label = FLATLINE_CELL_LABEL (flatline_cell_label_new (metrics, min_chars, column->chars));

  gtk_widget_set_hexpand (GTK_WIDGET (label), TRUE);
  if (column->flags & FLATLINE_COLUMN_EXPAND)
    flatline_cell_label_set_takes_room (label);
  if (column->flags & FLATLINE_COLUMN_MIDDLE)
    flatline_cell_label_set_ellipsize_middle (label);
  if (column->flags & FLATLINE_COLUMN_NUMERIC)
    flatline_cell_label_set_numeric (label);
  return label;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, Source *source)
{
  Cell *cell = g_new0 (Cell, 1);
  GtkWidget *child;

  cell->column = source->column;
  cell->rows = source->rows;
  cell->list_item = list_item;
  cell->metrics = g_rc_box_acquire (source->metrics);
  cell->label = create_label (source->column, cell->metrics);
  child = GTK_WIDGET (cell->label);
  if (source->column->tooltip || (source->column->flags & FLATLINE_COLUMN_EXPAND))
    {
      gtk_widget_set_has_tooltip (child, TRUE);
      g_signal_connect (child, "query-tooltip", G_CALLBACK (on_query_tooltip), cell);
    }
  if (source->column->flags & FLATLINE_COLUMN_TREE)
    {
      cell->expander = gtk_tree_expander_new ();
      gtk_tree_expander_set_child (GTK_TREE_EXPANDER (cell->expander), child);
      child = cell->expander;
    }
  if (!source->is_first)
    flatline_rows_in_view_spare_cell (child);
  gtk_list_item_set_child (list_item, child);
  g_object_set_qdata_full (G_OBJECT (child), get_cell_quark (), cell, cell_free);
  g_object_set_qdata (G_OBJECT (list_item), get_cell_quark (), cell);
  flatline_row_places_note (child, list_item);
}

static void
source_free (gpointer data, GClosure *closure)
{
  Source *source = data;

  g_rc_box_release (source->metrics);
  g_free (source);
}

#define READING_END "flatline-reading-end"

/* GTK gives places by the value before, and asks for others while it is still at it, which is not heard. */
static gboolean
place_anew (GtkWidget *view, GdkFrameClock *clock, gpointer user_data)
{
  gtk_widget_queue_allocate (view);
  return G_SOURCE_REMOVE;
}

/* Newer GTK scrolls from where reading begins; older GTK from the left end, which is seen before anybody scrolled. */
static gboolean
scrolls_from_left (GtkAdjustment *adjustment, GtkWidget *view)
{
  static enum { UNKNOWN, FROM_LEFT, FROM_BEGIN } known = UNKNOWN;
  GtkWidget *header = gtk_widget_get_first_child (view);
  graphene_point_t left;

  if (known == UNKNOWN && gtk_adjustment_get_value (adjustment) == 0
      && gtk_adjustment_get_upper (adjustment) > gtk_adjustment_get_page_size (adjustment)
      && gtk_widget_compute_point (header, view, &GRAPHENE_POINT_INIT (0, 0), &left))
    known = left.x < 0 ? FROM_BEGIN : FROM_LEFT;
  /* It takes the one side for the other when it marks where there is more. */
  if (known == FROM_BEGIN)
    gtk_widget_add_css_class (gtk_widget_get_parent (view), "mirrored");
  return known == FROM_LEFT;
}

/*
 * A table is read from where reading begins; GTK 4.8 shows its left end first in either direction, and keeps what is at
 * the left when the room changes. Who has scrolled away stays there.
 */
static void
on_extent_changed (GtkAdjustment *adjustment, GtkWidget *view)
{
  const int end = (int)(gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment));
  const int before = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (adjustment), READING_END));

  if (gtk_widget_get_direction (view) != GTK_TEXT_DIR_RTL || end == before || !scrolls_from_left (adjustment, view))
    return;
  g_object_set_data (G_OBJECT (adjustment), READING_END, GINT_TO_POINTER (end));
  if (gtk_adjustment_get_value (adjustment) >= MIN (before, end) - 1)
    gtk_adjustment_set_value (adjustment, end);
  gtk_widget_add_tick_callback (view, place_anew, NULL, NULL);
}

static void
on_parent (GtkWidget *view)
{
  GtkWidget *parent = gtk_widget_get_parent (view);

  if (!GTK_IS_SCROLLED_WINDOW (parent))
    return;
  gtk_widget_add_css_class (parent, "table");
  flatline_scrolled_layout_use (GTK_SCROLLED_WINDOW (parent));
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (parent)), "changed",
                           G_CALLBACK (on_extent_changed), view, 0);
}

static GtkWidget *
find_label (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_LABEL (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_label (child);
  return found;
}

/* A title stands where its numbers do: at the right in either direction, with the arrow of the order before it. GTK has
 * no word for it, so the title of the column added last is looked for. */
static void
align_last_title (GtkColumnView *view)
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (view));
  GtkWidget *title = header ? gtk_widget_get_last_child (header) : NULL;
  GtkWidget *label = title ? find_label (title) : NULL;

  GtkWidget *arrow = label ? gtk_widget_get_next_sibling (label) : NULL;

  if (!label || gtk_widget_get_direction (GTK_WIDGET (view)) == GTK_TEXT_DIR_RTL)
    return;
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_halign (label, GTK_ALIGN_END);
  if (arrow && GTK_IS_BOX (gtk_widget_get_parent (label)))
    gtk_box_reorder_child_after (GTK_BOX (gtk_widget_get_parent (label)), label, arrow);
}

void
flatline_columns_append (GtkColumnView *view, const FlatlineRows *rows, const FlatlineColumn *columns, guint n_columns)
{
  FlatlineCellMetrics *metrics = g_rc_box_new0 (FlatlineCellMetrics);

  metrics->table = GTK_WIDGET (view);
  flatline_rows_in_view_follow (GTK_WIDGET (view));
  flatline_tab_key_leaves (GTK_WIDGET (view));
  g_signal_connect (view, "notify::parent", G_CALLBACK (on_parent), NULL);
  on_parent (GTK_WIDGET (view));
  for (guint i = 0; i < n_columns; i++)
    {
      GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
      g_autoptr (GtkColumnViewColumn) made = NULL;
      Source *source = g_new (Source, 1);

      source->column = &columns[i];
      source->rows = rows;
      source->is_first = i == 0;
      source->metrics = g_rc_box_acquire (metrics);
      g_signal_connect_data (factory, "setup", G_CALLBACK (on_setup), source, source_free, 0);
      g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
      made = gtk_column_view_column_new (_ (columns[i].title), factory);
      gtk_column_view_column_set_resizable (made, TRUE);
      gtk_column_view_column_set_expand (made, (columns[i].flags & FLATLINE_COLUMN_EXPAND) != 0);
      gtk_column_view_append_column (view, made);
      if (columns[i].flags & FLATLINE_COLUMN_NUMERIC)
        align_last_title (view);
    }
  for (guint i = 0; i < n_columns; i++)
    if (columns[i].flags & FLATLINE_COLUMN_EXPAND)
      {
        flatline_column_room_follow (view, metrics, i, columns[i].chars);
        break;
      }
  g_rc_box_release (metrics);
}

int
flatline_column_view_get_end (GtkColumnView *view, guint position)
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (view));
  GtkWidget *title = gtk_widget_get_first_child (header);
  graphene_rect_t area;

  while (title && position-- > 0)
    title = gtk_widget_get_next_sibling (title);
  if (!title || !gtk_widget_compute_bounds (title, header, &area))
    return 0;
  if (gtk_widget_get_direction (header) == GTK_TEXT_DIR_RTL)
    return gtk_widget_get_width (header) - (int)area.origin.x;
  return (int)(area.origin.x + area.size.width);
}

/* The view may sort the tree: a row's place in the one is not that in the other. */
static guint
find_row (GListModel *rows, GtkTreeListRow *wanted)
{
  guint n_rows = g_list_model_get_n_items (rows);

  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (rows, i);

      if (row == wanted)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

/* A row without children is expanded too where those that come are to be seen. */
static gboolean
shows_children (GtkTreeListRow *row)
{
  GListModel *children = gtk_tree_list_row_get_expanded (row) ? gtk_tree_list_row_get_children (row) : NULL;

  return children && g_list_model_get_n_items (children) > 0;
}

static gboolean
on_tree_key (GtkColumnView *view, guint key, guint code, GdkModifierType modifiers)
{
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_column_view_get_model (view));
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (selection);
  gboolean right_to_left = gtk_widget_get_direction (GTK_WIDGET (view)) == GTK_TEXT_DIR_RTL;
  g_autoptr (GtkTreeListRow) parent = NULL;

  if ((key != GDK_KEY_Left && key != GDK_KEY_Right) || !row || (modifiers & gtk_accelerator_get_default_mod_mask ()))
    {
      flatline_gradual_list_let_all_go (
          gtk_single_selection_get_model (selection)); /* it would be led to one of them */
      return GDK_EVENT_PROPAGATE;
    }
  if ((key == GDK_KEY_Right) != right_to_left)
    gtk_tree_list_row_set_expanded (row, TRUE);
  else if (shows_children (row))
    gtk_tree_list_row_set_expanded (row, FALSE);
  else if ((parent = gtk_tree_list_row_get_parent (row)))
    flatline_column_view_go_to (view, find_row (G_LIST_MODEL (selection), parent));
  return GDK_EVENT_STOP;
}

void
flatline_column_view_add_tree_keys (GtkColumnView *view)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_tree_key), view);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
}
