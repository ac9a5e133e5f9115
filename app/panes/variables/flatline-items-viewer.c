/* SPDX-License-Identifier: MIT */
/*
 * Items are read in pieces, the program running on: a page of them that begins where somebody asked, or all, one piece
 * behind the other, for those that match. The table is the one for variables, of a frame that has the items for
 * variables.
 */
#include "config.h"

#include "flatline-items-viewer.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "flatline-accessible-names.h"
#include "flatline-announcement.h"
#include "flatline-shown-text.h"
#include "flatline-tooltip.h"
#include "flatline-value-progress.h"
#include "flatline-variables-pane.h"

#define PAGE_ITEMS     1000
#define PIECE_ITEMS    4000 /* looked through at one go: some ten milliseconds */
#define MAX_FOUND      1000
#define MAX_TEXT_BYTES (16 * 1024)

#define FLATLINE_TYPE_ITEMS_VIEWER (flatline_items_viewer_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineItemsViewer, flatline_items_viewer, FLATLINE, ITEMS_VIEWER, AdwWindow)

struct _FlatlineItemsViewer
{
  AdwWindow parent_instance;
  FlatlineValue *value;
  FlatlineExaminer *examiner;
  guint64 first; /* item of the page that is shown, or was before the search */
  gint64 size;
  gboolean has_keys;    /* and no numbers */
  guint64 frames;       /* shown so far: each is another one */
  GCancellable *paging; /* of the page that is being read */
  char *problem;        /* to be told with the next page */
  char *words;          /* that are looked for; NULL: nothing is */
  FlatlineItemMatch match;
  guint64 n_looked_at;
  GListStore *found;

  GtkWidget *title;
  GtkWidget *filter;
  GtkWidget *looking;
  GtkWidget *stack; /* "items", or a "word" */
  GtkWidget *word;
  GtkWidget *pane;
  GtkWidget *status;
  GtkWidget *back;
  GtkWidget *forth;
  GtkWidget *place;
};

G_DEFINE_FINAL_TYPE (FlatlineItemsViewer, flatline_items_viewer, ADW_TYPE_WINDOW)

static char *
dup_number (guint64 number)
{
  return g_strdup_printf ("%'" PRIu64, number);
}

/* What is shown */

static void
show_word (FlatlineItemsViewer *self, const char *word)
{
  gtk_label_set_label (GTK_LABEL (self->word), word);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "word");
}

static void
show_items (FlatlineItemsViewer *self, GListStore *items)
{
  g_autoptr (FlatlineFrame) frame = g_object_new (FLATLINE_TYPE_FRAME, "address", ++self->frames, NULL);

  frame->locals = g_object_ref (items);
  g_object_set (self->pane, "frame", frame, NULL);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "items");
}

static void
update_status (FlatlineItemsViewer *self, guint n_shown)
{
  g_autofree char *from = dup_number (self->first);
  g_autofree char *to = dup_number (self->first + MAX (n_shown, 1) - 1);
  g_autofree char *all = dup_number ((guint64)self->size);
  g_autofree char *line = NULL;

  if (self->problem)
    line = g_steal_pointer (&self->problem);
  else if (n_shown > 0)
    /* Translators: of a large list: "Items 5,000–5,999 of 10,000,000" */
    line = g_strdup_printf (_ ("Items %s–%s of %s"), from, to, all);
  gtk_label_set_label (GTK_LABEL (self->status), line ? line : "");
  flatline_announce (self->status, line ? line : "", FALSE);
  gtk_widget_set_sensitive (self->back, self->first > 0);
  gtk_widget_set_sensitive (self->forth, n_shown > 0 && (gint64)(self->first + n_shown) < self->size);
}

static void
name_place (FlatlineItemsViewer *self)
{
  const char *name = self->has_keys ? _ ("Go to key") : _ ("Go to number");

  gtk_entry_set_placeholder_text (GTK_ENTRY (self->place), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->place), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
tell_found (FlatlineItemsViewer *self, gboolean is_over)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->found));
  g_autofree char *number = dup_number (n);
  g_autofree char *looked_at = dup_number (self->n_looked_at);
  g_autofree char *line = NULL;

  if (n >= MAX_FOUND)
    /* Translators: a search in a list has stopped there; both are numbers */
    line = g_strdup_printf (_ ("The first %s found, in %s items; more words narrow it down"), number, looked_at);
  else
    /* Translators: a search in a list; both are numbers */
    line = g_strdup_printf (_ ("%s found in %s items"), number, looked_at);
  gtk_label_set_label (GTK_LABEL (self->status), line);
  if (is_over)
    flatline_announce (self->status, line, FALSE);
}

/* A page */

/* Of what is called by its number the page that begins there says so. */
static gboolean
has_keys (FlatlineItemsViewer *self, GListStore *items)
{
  const char *const dicts[] = { "dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
                                NULL };
  gboolean is_numbered = TRUE;

  if (g_strv_contains (dicts, self->value->type))
    return TRUE;
  for (guint i = 0; is_numbered && i < flatline_list_length (items); i++)
    {
      const FlatlineValue *item = flatline_list_peek (items, i);
      g_autofree char *number = g_strdup_printf ("[%" PRIu64 "]", self->first + i);

      is_numbered = !item->name || g_strcmp0 (item->kind, "item") != 0 || item->name[1] == '\0'
                    || strchr (item->name, ',') || g_str_equal (item->name, number);
    }
  return !is_numbered;
}

static void
on_page_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineItemsViewer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineValue) now = flatline_examiner_expand_finish (FLATLINE_EXAMINER (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!now || flatline_list_length (now->children) == 0)
    {
      show_word (self, now ? _ ("There are no items here any more") : error->message);
      update_status (self, 0);
      return;
    }
  self->size = now->size;
  self->has_keys = has_keys (self, now->children);
  name_place (self);
  show_items (self, now->children);
  update_status (self, flatline_list_length (now->children));
}

static void
stop (FlatlineItemsViewer *self)
{
  g_cancellable_cancel (self->paging);
  g_clear_object (&self->paging);
  flatline_value_progress_cancel (FLATLINE_VALUE_PROGRESS (self->looking));
  flatline_value_progress_end (FLATLINE_VALUE_PROGRESS (self->looking));
  g_clear_pointer (&self->words, g_free);
}

static void
show_page (FlatlineItemsViewer *self, guint64 first)
{
  stop (self);
  self->first = first;
  self->paging = g_cancellable_new ();
  flatline_examiner_expand_async (self->examiner, self->value, first, PAGE_ITEMS, MAX_TEXT_BYTES, self->paging,
                                  on_page_read, g_object_ref (self));
}

static void
on_back (FlatlineItemsViewer *self)
{
  show_page (self, self->first - MIN (self->first, PAGE_ITEMS));
}

static void
on_forth (FlatlineItemsViewer *self)
{
  show_page (self, self->first + PAGE_ITEMS);
}

/* Looking for items */

static void
look_on (FlatlineItemsViewer *self, GCancellable *cancellable);

static void
end_search (FlatlineItemsViewer *self, const char *problem)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->found));

  flatline_value_progress_end (FLATLINE_VALUE_PROGRESS (self->looking));
  if (self->match == FLATLINE_ITEM_IS_NAMED)
    {
      g_free (self->problem);
      self->problem = g_strdup (problem ? problem : _ ("Nothing found"));
      show_page (self, self->first);
      return;
    }
  if (n == 0)
    show_word (self, problem ? problem : _ ("Nothing found"));
  tell_found (self, n > 0);
  g_clear_pointer (&self->words, g_free);
}

static void
take_found (FlatlineItemsViewer *self, FlatlineItemBatch *batch)
{
  const guint n_before = g_list_model_get_n_items (G_LIST_MODEL (self->found));

  g_list_store_splice (self->found, n_before, 0, batch->values->pdata, MIN (batch->values->len, MAX_FOUND - n_before));
  if (n_before == 0 && batch->values->len > 0)
    show_items (self, self->found);
  self->n_looked_at += batch->n_looked_at;
  self->size = batch->size;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineItemsViewer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineItemBatch) batch =
      flatline_examiner_look_for_items_finish (FLATLINE_EXAMINER (source), result, &error);
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));

  if (!flatline_value_progress_is_of (FLATLINE_VALUE_PROGRESS (self->looking), cancellable) || !self->words)
    return; /* something else is shown */
  if (!batch)
    {
      end_search (self, g_cancellable_is_cancelled (cancellable) ? _ ("The search was cancelled") : error->message);
      return;
    }
  if (self->match == FLATLINE_ITEM_IS_NAMED && batch->values->len > 0)
    {
      show_page (self, g_array_index (batch->numbers, guint64, 0));
      return;
    }
  take_found (self, batch);
  flatline_value_progress_tell (FLATLINE_VALUE_PROGRESS (self->looking), (goffset)self->n_looked_at, self->size);
  if (batch->n_looked_at == 0 || (self->size >= 0 && self->n_looked_at >= (guint64)self->size)
      || g_list_model_get_n_items (G_LIST_MODEL (self->found)) >= MAX_FOUND)
    end_search (self, NULL);
  else
    {
      tell_found (self, FALSE);
      look_on (self, cancellable);
    }
}

static void
look_on (FlatlineItemsViewer *self, GCancellable *cancellable)
{
  flatline_examiner_look_for_items_async (self->examiner, self->value, self->n_looked_at, PIECE_ITEMS, self->words,
                                          self->match, cancellable, on_looked, g_object_ref (self));
}

static void
look_for (FlatlineItemsViewer *self, const char *words, FlatlineItemMatch match)
{
  stop (self);
  self->words = g_strdup (words);
  self->match = match;
  self->n_looked_at = 0;
  g_clear_object (&self->found);
  self->found = g_list_store_new (FLATLINE_TYPE_VALUE);
  gtk_widget_set_sensitive (self->back, FALSE);
  gtk_widget_set_sensitive (self->forth, FALSE);
  show_word (self, _ ("looking…"));
  look_on (self, flatline_value_progress_begin (FLATLINE_VALUE_PROGRESS (self->looking)));
}

static void
on_filter_changed (FlatlineItemsViewer *self)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->filter));

  if (*words)
    look_for (self, words, FLATLINE_ITEM_HAS);
  else
    show_page (self, self->first);
}

/* Escape in a search that has words takes them first. */
static void
on_filter_stopped (FlatlineItemsViewer *self)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (self->filter)))
    gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
  else
    gtk_window_close (GTK_WINDOW (self));
}

/* A number is the place of an item, anything else a key of a dict. */
static void
on_place (FlatlineItemsViewer *self)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->place));
  char *end;
  const guint64 number = g_ascii_strtoull (words, &end, 10);

  if (!*words)
    return;
  g_signal_handlers_block_by_func (self->filter, on_filter_changed, self);
  gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
  g_signal_handlers_unblock_by_func (self->filter, on_filter_changed, self);
  if (self->has_keys)
    look_for (self, words, FLATLINE_ITEM_IS_NAMED);
  else if (g_ascii_isdigit (*words) && *end == '\0')
    show_page (self, MIN (number, (guint64)MAX (self->size, 1) - 1));
}

/* The window */

static gboolean
on_key (GtkWidget *widget, GVariant *key, gpointer user_data)
{
  FlatlineItemsViewer *self = FLATLINE_ITEMS_VIEWER (widget);

  switch (g_variant_get_uint32 (key))
    {
    case GDK_KEY_Escape:
      gtk_window_close (GTK_WINDOW (self));
      return TRUE;
    case GDK_KEY_f:
      gtk_widget_grab_focus (self->filter);
      return TRUE;
    case GDK_KEY_i:
      gtk_widget_grab_focus (self->place);
      return TRUE;
    case GDK_KEY_Page_Up:
      if (gtk_widget_is_sensitive (self->back))
        on_back (self);
      return TRUE;
    default:
      if (gtk_widget_is_sensitive (self->forth))
        on_forth (self);
      return TRUE;
    }
}

static void
flatline_items_viewer_dispose (GObject *object)
{
  FlatlineItemsViewer *self = FLATLINE_ITEMS_VIEWER (object);

  g_cancellable_cancel (self->paging);
  if (self->looking)
    flatline_value_progress_cancel (FLATLINE_VALUE_PROGRESS (self->looking));
  g_clear_pointer (&self->words, g_free);
  G_OBJECT_CLASS (flatline_items_viewer_parent_class)->dispose (object);
}

static void
flatline_items_viewer_finalize (GObject *object)
{
  FlatlineItemsViewer *self = FLATLINE_ITEMS_VIEWER (object);

  g_free (self->problem);
  g_clear_object (&self->paging);
  g_clear_object (&self->found);
  g_clear_object (&self->value);
  g_clear_object (&self->examiner);
  g_clear_object (&self->looking);
  G_OBJECT_CLASS (flatline_items_viewer_parent_class)->finalize (object);
}

static void
flatline_items_viewer_class_init (FlatlineItemsViewerClass *klass)
{
  const guint keys[] = { GDK_KEY_f, GDK_KEY_i, GDK_KEY_Page_Up, GDK_KEY_Page_Down };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_items_viewer_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_items_viewer_finalize;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, on_key, "u", GDK_KEY_Escape);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i], GDK_CONTROL_MASK, on_key, "u", keys[i]);
}

static GtkWidget *
create_filter (FlatlineItemsViewer *self)
{
  self->filter = gtk_search_entry_new ();
  g_object_set (self->filter, "placeholder-text", _ ("Find items"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->filter), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Find items"), -1);
  gtk_widget_add_css_class (self->filter, "pane-search");
  g_signal_connect_swapped (self->filter, "search-changed", G_CALLBACK (on_filter_changed), self);
  g_signal_connect_swapped (self->filter, "stop-search", G_CALLBACK (on_filter_stopped), self);
  return self->filter;
}

static GtkWidget *
create_items (FlatlineItemsViewer *self)
{
  self->stack = g_object_new (GTK_TYPE_STACK, "vexpand", TRUE, NULL);
  self->pane = g_object_new (FLATLINE_TYPE_VARIABLES_PANE, "has-filter", FALSE, NULL);
  self->word = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 12,
                             "margin-end", 12, NULL);
  gtk_widget_add_css_class (self->word, "dim-label");
  flatline_announce_when_shown (GTK_LABEL (self->word));
  gtk_stack_add_named (GTK_STACK (self->stack), self->word, "word");
  gtk_stack_add_named (GTK_STACK (self->stack), self->pane, "items");
  return self->stack;
}

static GtkWidget *
create_turner (FlatlineItemsViewer *self, const char *icon, const char *tooltip, GCallback on_clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  flatline_tooltip_set (button, tooltip);
  gtk_widget_set_sensitive (button, FALSE);
  g_signal_connect_object (button, "clicked", on_clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_places (FlatlineItemsViewer *self)
{
  GtkWidget *row = g_object_new (GTK_TYPE_BOX, "spacing", 6, "margin-start", 9, "margin-end", 9, "margin-top", 6,
                                 "margin-bottom", 6, NULL);

  self->back = create_turner (self, "go-previous-symbolic", _ ("Items Before"), G_CALLBACK (on_back));
  self->forth = create_turner (self, "go-next-symbolic", _ ("Next Items"), G_CALLBACK (on_forth));
  self->status = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "hexpand", TRUE, NULL);
  self->place = g_object_new (GTK_TYPE_ENTRY, "width-chars", 16, NULL);
  gtk_widget_add_css_class (self->status, "numeric");
  g_signal_connect_swapped (self->place, "activate", G_CALLBACK (on_place), self);
  gtk_box_append (GTK_BOX (row), self->back);
  gtk_box_append (GTK_BOX (row), self->forth);
  gtk_box_append (GTK_BOX (row), self->status);
  gtk_box_append (GTK_BOX (row), self->place);
  return row;
}

static void
flatline_items_viewer_init (FlatlineItemsViewer *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *inner = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->title = adw_window_title_new ("", "");
  self->looking = g_object_ref_sink (flatline_value_progress_new (_ ("looking…")));
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), self->title);
  gtk_box_append (GTK_BOX (inner), create_filter (self));
  gtk_box_append (GTK_BOX (inner), self->looking);
  gtk_box_append (GTK_BOX (inner), create_items (self));
  gtk_box_append (GTK_BOX (inner), create_places (self));
  name_place (self);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (overlay), inner);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), overlay);
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_default_size (GTK_WINDOW (self), 720, 520);
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
}

gboolean
flatline_items_viewer_is_possible (FlatlineValue *value, FlatlineExaminer *examiner)
{
  return value && examiner && value->address && value->expandable && value->size > 0;
}

void
flatline_items_viewer_present (GtkWidget *parent, FlatlineValue *value, FlatlineExaminer *examiner)
{
  FlatlineItemsViewer *self = g_object_new (FLATLINE_TYPE_ITEMS_VIEWER, NULL);
  g_autofree char *name = flatline_shown_text_dup (value->name ? value->name : _ ("Value"));

  g_set_object (&self->value, value);
  g_set_object (&self->examiner, examiner);
  self->size = value->size;
  g_object_set (self->pane, "examiner", examiner, NULL);
  adw_window_title_set_title (ADW_WINDOW_TITLE (self->title), name);
  adw_window_title_set_subtitle (ADW_WINDOW_TITLE (self->title), value->type);
  gtk_window_set_title (GTK_WINDOW (self), name);
  gtk_window_set_transient_for (GTK_WINDOW (self), GTK_WINDOW (gtk_widget_get_root (parent)));
  show_word (self, _ ("reading…"));
  show_page (self, 0);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (self->filter);
  flatline_accessible_names_give (GTK_WIDGET (self));
}
