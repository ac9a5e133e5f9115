/* SPDX-License-Identifier: MIT */
/* The dialog that finds a process: a list read in a worker, and an entry that looks through all that it says. */
#include "config.h"

#include "flatline-process-chooser.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-accessible-names.h"
#include "flatline-columns.h"
#include "flatline-frame-split.h"
#include "flatline-gradual-end.h"
#include "flatline-gradual-list.h"
#include "flatline-process.h"
#include "flatline-program-name.h"
#include "flatline-step-by-step.h"

struct _FlatlineProcessChooser
{
  AdwWindow parent_instance;
  GListStore *processes;
  GListModel *found;
  GtkFilter *filter;
  GtkSingleSelection *selection;
  GtkEditable *search_entry;
  GtkStack *stack;
  GtkColumnView *view;
  GtkWidget *attach_button;
};

enum
{
  CHOSEN,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineProcessChooser, flatline_process_chooser, ADW_TYPE_WINDOW)

static char *
name_text (gpointer record)
{
  FlatlineProcess *process = record;

  return flatline_program_name_dup (process->command_line, process->name);
}

static char *
pid_text (gpointer record)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, ((FlatlineProcess *)record)->pid);
}

static char *
python_text (gpointer record)
{
  return g_strdup (((FlatlineProcess *)record)->python_version);
}

static char *
command_text (gpointer record)
{
  return g_strdup (((FlatlineProcess *)record)->command_line);
}

static const FlatlineRows rows = { FALSE, NULL, NULL };

static const FlatlineColumn columns[] = {
  { N_ ("PID"), pid_text, { NULL }, 7, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("Program"), name_text, { NULL }, 15, FLATLINE_COLUMN_PLAIN, name_text },
  { N_ ("Python"), python_text, { NULL }, 7, FLATLINE_COLUMN_PLAIN, NULL },
  { N_ ("Command Line"), command_text, { NULL }, 40, FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_MIDDLE, NULL },
};

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const FlatlineProcess *one = *(FlatlineProcess *const *)a, *other = *(FlatlineProcess *const *)b;
  int pythons = (other->python_version != NULL) - (one->python_version != NULL);

  return pythons ? pythons : (one->started_us < other->started_us) - (one->started_us > other->started_us);
}

static gboolean
has_text (const char *where, const char *folded)
{
  g_autofree char *text = where ? g_utf8_casefold (where, -1) : NULL;

  return text && strstr (text, folded);
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  FlatlineProcess *process = item;
  g_autofree char *folded =
      g_utf8_casefold (gtk_editable_get_text (((FlatlineProcessChooser *)user_data)->search_entry), -1);
  g_autofree char *pid = pid_text (process);

  return has_text (process->name, folded) || has_text (process->command_line, folded) || strstr (pid, folded);
}

static void
update (FlatlineProcessChooser *self)
{
  gboolean none = g_list_model_get_n_items (self->found) == 0;

  if (g_list_model_get_n_items (G_LIST_MODEL (self->processes)) > 0)
    gtk_stack_set_visible_child_name (self->stack, none ? "nothing" : "list");
  gtk_widget_set_sensitive (self->attach_button, gtk_single_selection_get_selected_item (self->selection) != NULL);
}

static void
on_search_changed (FlatlineProcessChooser *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update (self);
}

static void
on_attach (FlatlineProcessChooser *self)
{
  FlatlineProcess *process = gtk_single_selection_get_selected_item (self->selection);

  if (!process)
    return;
  g_signal_emit (self, signals[CHOSEN], 0, process->pid);
  gtk_window_close (GTK_WINDOW (self));
}

/* An entry for searches tells what was typed only after a moment: by then the first process of all would be chosen. */
static void
on_enter (FlatlineProcessChooser *self)
{
  on_search_changed (self);
  on_attach (self);
}

static void
list_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *processes = flatline_processes_list ();

  g_ptr_array_sort_with_data (processes, compare, NULL);
  g_task_return_pointer (task, processes, (GDestroyNotify)g_ptr_array_unref);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineProcessChooser *self = FLATLINE_PROCESS_CHOOSER (source);
  g_autoptr (GPtrArray) processes = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!processes || !self->processes)
    return;
  g_list_store_splice (self->processes, 0, 0, processes->pdata, processes->len);
  update (self);
}

static void
list_processes (gpointer self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_listed, NULL);

  g_task_run_in_thread (task, list_in_worker);
}

static void
destroy_window (GtkWidget *view)
{
  GtkRoot *window = gtk_widget_get_root (view);

  if (window)
    gtk_window_destroy (GTK_WINDOW (window));
}

/* To free hundreds of rows takes longer than a frame; nobody waits for it. */
static gboolean
flatline_process_chooser_close_request (GtkWindow *window)
{
  FlatlineProcessChooser *self = FLATLINE_PROCESS_CHOOSER (window);

  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  flatline_gradual_end_empty (GTK_WIDGET (self->view), destroy_window);
  return GDK_EVENT_STOP;
}

static void
flatline_process_chooser_dispose (GObject *object)
{
  FlatlineProcessChooser *self = FLATLINE_PROCESS_CHOOSER (object);

  g_clear_object (&self->processes);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);
  g_clear_object (&self->selection);
  G_OBJECT_CLASS (flatline_process_chooser_parent_class)->dispose (object);
}

static void
flatline_process_chooser_class_init (FlatlineProcessChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_process_chooser_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = flatline_process_chooser_close_request;
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_INT64);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/flatline/Flatline/window/flatline-process-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessChooser, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessChooser, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessChooser, view);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessChooser, attach_button);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_attach);
  gtk_widget_class_bind_template_callback (widget_class, on_enter);
}

static void
flatline_process_chooser_init (FlatlineProcessChooser *self)
{
  g_autoptr (GListModel) shown = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  flatline_frame_split_follow_dialog (GTK_WINDOW (self));
  self->processes = g_list_store_new (FLATLINE_TYPE_PROCESS);
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->found = G_LIST_MODEL (
      gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->processes)), g_object_ref (self->filter)));
  shown = flatline_gradual_list_new (g_object_ref (self->found));
  self->selection = gtk_single_selection_new (g_object_ref (shown));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  flatline_columns_append (self->view, &rows, columns, G_N_ELEMENTS (columns));
  /* The entry takes Escape for itself. */
  g_signal_connect_object (self->search_entry, "stop-search", G_CALLBACK (gtk_window_close), self, G_CONNECT_SWAPPED);
  gtk_window_set_focus (GTK_WINDOW (self), GTK_WIDGET (self->search_entry));
}

FlatlineProcessChooser *
flatline_process_chooser_new (GtkWindow *parent)
{
  return g_object_new (FLATLINE_TYPE_PROCESS_CHOOSER, "transient-for", parent, "modal", TRUE, NULL);
}

void
flatline_process_chooser_present (FlatlineProcessChooser *self)
{
  static const FlatlineStep steps[] = {
    list_processes,
    flatline_measure_window_ahead,
    (FlatlineStep)gtk_window_present,
    (FlatlineStep)flatline_accessible_names_give,
    NULL,
  };

  g_return_if_fail (FLATLINE_IS_PROCESS_CHOOSER (self));
  flatline_step_by_step (GTK_WIDGET (self), steps);
}
