/* SPDX-License-Identifier: MIT */
/*
 * FlatlineComparisonWindow: the rows of a FlatlineComparison as a table of three columns. Loading and comparing happen
 * in a worker; a filter leaves only what differs, with the headings that have something below them.
 */
#include "config.h"

#include "flatline-comparison-window.h"

#include <glib/gi18n.h>

#include "flatline-comparison.h"
#include "flatline-freeze-row.h"
#include "flatline-shown-text.h"
#include "flatline-tab-key.h"
#include "flatline-tooltip.h"

struct _FlatlineComparisonWindow
{
  AdwWindow parent_instance;
  GCancellable *cancellable;
  GListStore *rows;
  GtkCustomFilter *filter;
  GtkToggleButton *only_differences;
  GtkStack *stack;
  GtkLabel *message;
  GtkColumnView *view;
};

G_DEFINE_FINAL_TYPE (FlatlineComparisonWindow, flatline_comparison_window, ADW_TYPE_WINDOW)

/* What a cell shows of a row. */
typedef const char *(*TextFunc) (FlatlineDifference *row);

typedef struct
{
  FlatlineStore *store;
  gint64 left, right;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->store);
  g_free (question);
}

static void
compare_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  g_autoptr (FlatlineSnapshot) left = flatline_store_load_snapshot (question->store, question->left, &error);
  g_autoptr (FlatlineSnapshot) right =
      left ? flatline_store_load_snapshot (question->store, question->right, &error) : NULL;

  if (right)
    g_task_return_pointer (task, flatline_comparison_new (left, right), g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
update_message (FlatlineComparisonWindow *self)
{
  const gboolean nothing = g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (self->view))) == 0;

  gtk_label_set_label (self->message, _ ("Nothing differs"));
  gtk_stack_set_visible_child_name (self->stack, nothing ? "message" : "rows");
}

static void
on_compared (GObject *source, GAsyncResult *result, gpointer unused)
{
  FlatlineComparisonWindow *self = FLATLINE_COMPARISON_WINDOW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GListStore) rows = g_task_propagate_pointer (G_TASK (result), &error);
  GtkFilterListModel *shown;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!rows)
    {
      gtk_label_set_label (self->message, error->message);
      return;
    }
  self->rows = g_steal_pointer (&rows);
  shown =
      gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->rows)), GTK_FILTER (g_object_ref (self->filter)));
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (shown))));
  update_message (self);
}

static gboolean
is_shown (gpointer item, gpointer user_data)
{
  FlatlineComparisonWindow *self = user_data;

  return !gtk_toggle_button_get_active (self->only_differences) || ((FlatlineDifference *)item)->differs;
}

static void
on_only_differences (FlatlineComparisonWindow *self)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  if (self->rows)
    update_message (self);
}

static const char *
get_label (FlatlineDifference *row)
{
  return row->label;
}

static const char *
get_left (FlatlineDifference *row)
{
  return row->left;
}

static const char *
get_right (FlatlineDifference *row)
{
  return row->right;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item,
                           g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "yalign", 0.0, "wrap", TRUE, "wrap-mode",
                                         PANGO_WRAP_WORD_CHAR, "lines", 6, "ellipsize", PANGO_ELLIPSIZE_END, NULL));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, TextFunc get_text)
{
  FlatlineDifference *row = gtk_list_item_get_item (item);
  GtkLabel *label = GTK_LABEL (gtk_list_item_get_child (item));
  const char *text = get_text (row);
  const char *const heading[] = { "heading", NULL };
  const char *const differs[] = { "difference", NULL };
  const char *const none[] = { NULL };
  const gboolean is_label = get_text == get_label;

  /* Nothing on this side of a row that has something on the other. */
  flatline_shown_text_set (label, text || row->depth == 0 ? text : "—");
  flatline_tooltip_set (GTK_WIDGET (label), text);
  gtk_widget_set_css_classes (GTK_WIDGET (label), row->depth == 0 ? (const char **)heading
                                                  : !is_label && g_strcmp0 (row->left, row->right) != 0
                                                      ? (const char **)differs
                                                      : (const char **)none);
  gtk_widget_set_margin_start (GTK_WIDGET (label), is_label && row->depth > 0 ? 12 * row->depth : 0);
}

static void
add_column (FlatlineComparisonWindow *self, const char *title, TextFunc get_text, gboolean expand)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *column = gtk_column_view_column_new (title, factory);

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), get_text);
  gtk_column_view_column_set_expand (column, expand);
  gtk_column_view_column_set_resizable (column, TRUE);
  if (!expand)
    gtk_column_view_column_set_fixed_width (column, 200);
  gtk_column_view_append_column (self->view, column);
  g_object_unref (column);
}

static void
flatline_comparison_window_dispose (GObject *object)
{
  FlatlineComparisonWindow *self = FLATLINE_COMPARISON_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  gtk_custom_filter_set_filter_func (self->filter, NULL, NULL, NULL);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (flatline_comparison_window_parent_class)->dispose (object);
}

static void
flatline_comparison_window_finalize (GObject *object)
{
  FlatlineComparisonWindow *self = FLATLINE_COMPARISON_WINDOW (object);

  g_object_unref (self->cancellable);
  g_object_unref (self->filter);
  G_OBJECT_CLASS (flatline_comparison_window_parent_class)->finalize (object);
}

static void
flatline_comparison_window_class_init (FlatlineComparisonWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_comparison_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_comparison_window_finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
flatline_comparison_window_init (FlatlineComparisonWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->cancellable = g_cancellable_new ();
  self->filter = gtk_custom_filter_new (is_shown, self, NULL);
  self->only_differences = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_mnemonic (_ ("Only _Differences")));
  gtk_toggle_button_set_active (self->only_differences, TRUE);
  g_signal_connect_object (self->only_differences, "toggled", G_CALLBACK (on_only_differences), self,
                           G_CONNECT_SWAPPED);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), GTK_WIDGET (self->only_differences));
  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  gtk_column_view_set_show_row_separators (self->view, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "comparison");
  flatline_tab_key_leaves (GTK_WIDGET (self->view));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Comparison"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  self->stack = GTK_STACK (gtk_stack_new ());
  self->message = GTK_LABEL (g_object_new (GTK_TYPE_LABEL, "label", _ ("Comparing…"), "wrap", TRUE, NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->message), "dim-label");
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->message), "message");
  gtk_stack_add_named (self->stack, scrolled, "rows");
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->stack));
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Comparison"));
  gtk_window_set_default_size (GTK_WINDOW (self), 900, 640);
}

/* "app.py · 14:02:11" */
static char *
dup_title (FlatlineFreeze *freeze)
{
  g_autofree char *time = flatline_format_time (freeze->time_us);

  return g_strdup_printf ("%s · %s", freeze->title ? freeze->title : _ ("Unknown program"), time);
}

void
flatline_comparison_window_present (GtkWindow *parent,
                                    FlatlineStore *store,
                                    FlatlineFreeze *left,
                                    FlatlineFreeze *right)
{
  FlatlineComparisonWindow *self = g_object_new (FLATLINE_TYPE_COMPARISON_WINDOW, "transient-for", parent, NULL);
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_compared, NULL);
  Question *question = g_new0 (Question, 1);
  g_autofree char *left_title = dup_title (left);
  g_autofree char *right_title = dup_title (right);

  add_column (self, NULL, get_label, FALSE);
  add_column (self, left_title, get_left, TRUE);
  add_column (self, right_title, get_right, TRUE);
  question->store = g_object_ref (store);
  question->left = left->id;
  question->right = right->id;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, compare_in_thread);
  gtk_window_present (GTK_WINDOW (self));
}
