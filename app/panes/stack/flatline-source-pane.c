/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSourcePane: the source of one frame. The text is the one the snapshot has kept, so it shows what ran, not
 * what the file has become since; when the file differs by now, a word says so. Where no text was kept, the file is
 * shown if it is older than the snapshot; nothing else is guessed.
 */
#include "config.h"

#include "flatline-source-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "flatline-mounts.h"
#include "flatline-place-text.h"
#include "flatline-scrolled-layout.h"
#include "flatline-shown-text.h"
#include "flatline-source-colors.h"
#include "flatline-source-direction.h"
#include "flatline-source-search.h"
#include "flatline-tooltip.h"
#include "flatline-true-path.h"

struct _FlatlineSourcePane
{
  GtkWidget parent_instance;
  FlatlineSnapshot *snapshot;
  FlatlineFrame *frame;
  GtkSourceBuffer *buffer;
  GtkTextTag *line_tag;
  GtkTextTag *span_tag; /* the very expression, where the program knows it */
  GtkTextView *view;
  FlatlineFindBar *find_bar;
  GtkWidget *box;
  GtkLabel *title;
  GtkWidget *changed;
  GtkWidget *title_bar;
  GCancellable *comparing;
  guint scroll_source;
  gboolean is_read; /* a person has scrolled: the line stays where they left it */
  char *text_file;  /* whose text is shown, NULL: a word */
  FlatlineSourceColors *colors;
};

enum
{
  PROP_0,
  PROP_SNAPSHOT,
  PROP_FRAME,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineSourcePane, flatline_source_pane, GTK_TYPE_WIDGET)

static void
update_scheme (FlatlineSourcePane *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GtkSourceStyleSchemeManager *schemes = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (
      self->buffer, gtk_source_style_scheme_manager_get_scheme (schemes, dark ? "Adwaita-dark" : "Adwaita"));
  g_object_set (self->line_tag, "paragraph-background", dark ? "#4a2426" : "#fbe0e0", NULL);
  g_object_set (self->span_tag, "background", dark ? "#8f2f35" : "#f5a9ad", NULL);
}

/* Most frames one goes through are of a few files: the text of the last one stays, with its colours. */
static gboolean
shows (FlatlineSourcePane *self, const char *file, const char *text)
{
  GtkTextIter start, end;
  g_autofree char *shown = NULL;

  if (g_strcmp0 (file, self->text_file) != 0)
    return FALSE;
  gtk_text_buffer_get_bounds (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  shown = gtk_text_buffer_get_slice (GTK_TEXT_BUFFER (self->buffer), &start, &end, TRUE);
  return g_str_equal (shown, text);
}

static void
unmark_line (FlatlineSourcePane *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  gtk_text_buffer_remove_tag (GTK_TEXT_BUFFER (self->buffer), self->line_tag, &start, &end);
  gtk_text_buffer_remove_tag (GTK_TEXT_BUFFER (self->buffer), self->span_tag, &start, &end);
}

/* Returns: whether it is another text. */
static gboolean
set_text (FlatlineSourcePane *self, const char *file, const char *source)
{
  g_autofree char *text = flatline_source_direction_dup (source);

  if (shows (self, file, text))
    {
      unmark_line (self);
      return FALSE;
    }
  g_free (self->text_file);
  self->text_file = g_strdup (file);
  flatline_source_colors_show (self->colors, file, text);
  return TRUE;
}

/* Not gtk_text_view_scroll_to_mark(), which goes there in steps, to where the line was when it began. */
static gboolean
scroll_to_cursor (gpointer user_data)
{
  FlatlineSourcePane *self = user_data;
  GtkAdjustment *across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view));
  GtkAdjustment *down = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view));
  GtkTextIter iter;
  int y, height;

  self->scroll_source = 0;
  gtk_text_buffer_get_iter_at_mark (GTK_TEXT_BUFFER (self->buffer), &iter,
                                    gtk_text_buffer_get_insert (GTK_TEXT_BUFFER (self->buffer)));
  gtk_text_view_get_line_yrange (self->view, &iter, &y, &height);
  gtk_adjustment_set_value (across, gtk_adjustment_get_lower (across));
  gtk_adjustment_set_value (down, y - (gtk_adjustment_get_page_size (down) - height) / 2);
  return G_SOURCE_REMOVE;
}

static void
queue_scroll_at (FlatlineSourcePane *self, int priority)
{
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  self->scroll_source = g_idle_add_full (priority, scroll_to_cursor, self, NULL);
}

/* After the view has measured its lines: before, the place of a far line is a guess. */
static void
queue_scroll (FlatlineSourcePane *self)
{
  if (!self->scroll_source)
    queue_scroll_at (self, GTK_TEXT_VIEW_PRIORITY_VALIDATE + 1);
}

/* A banner came, the window is smaller, or the text was measured: the line would be at the edge, or beyond it. */
static void
on_measured (FlatlineSourcePane *self)
{
  if (!self->is_read)
    queue_scroll (self);
}

static gboolean
on_scrolled (FlatlineSourcePane *self)
{
  self->is_read = TRUE;
  return GDK_EVENT_PROPAGATE;
}

static gboolean
get_iter (FlatlineSourcePane *self, gint64 line, gint64 column, GtkTextIter *iter)
{
  if (line <= 0 || column <= 0
      || !gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), iter, (int)line - 1))
    return FALSE;
  column += flatline_source_direction_count_marks (iter);
  if (column - 1 > gtk_text_iter_get_chars_in_line (iter))
    return FALSE;
  gtk_text_iter_set_line_offset (iter, (int)column - 1);
  return TRUE;
}

static void
mark_line (FlatlineSourcePane *self, FlatlineFrame *frame, gboolean is_new)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start, end;

  if (frame->line <= 0 || !gtk_text_buffer_get_iter_at_line (buffer, &start, (int)frame->line - 1))
    return;
  end = start;
  gtk_text_iter_forward_line (&end);
  gtk_text_buffer_apply_tag (buffer, self->line_tag, &start, &end);
  gtk_text_buffer_place_cursor (buffer, &start);
  self->is_read = FALSE;
  if (is_new)
    queue_scroll (self);
  else
    queue_scroll_at (self, GDK_PRIORITY_REDRAW - 2);
  if (!get_iter (self, frame->line, frame->column, &start))
    return;
  /* A span of many lines is a whole block: its first line says enough. */
  end = start;
  if (frame->end_line > frame->line && !gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);
  else if (!get_iter (self, frame->line, frame->end_column, &end))
    return;
  if (gtk_text_iter_compare (&start, &end) < 0)
    gtk_text_buffer_apply_tag (buffer, self->span_tag, &start, &end);
}

static void
show_text (FlatlineSourcePane *self, const char *file, const char *text)
{
  const gboolean is_new = set_text (self, file, text);

  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (self->view), TRUE);
  gtk_source_view_set_highlight_current_line (GTK_SOURCE_VIEW (self->view), FALSE);
  mark_line (self, self->frame, is_new);
}

static void
show_word (FlatlineSourcePane *self, const char *word)
{
  set_text (self, NULL, word);
  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (self->view), FALSE);
}

static gboolean
is_from_here (FlatlineSnapshot *snapshot)
{
  return !snapshot->host || g_strcmp0 (snapshot->host, g_get_host_name ()) == 0;
}

/* The file as it is now, beside what the snapshot has kept of it. */
static void
on_file_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_task_propagate_pointer (G_TASK (result), &error);
  const gboolean answers = bytes || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  FlatlineSourceFile *kept;
  const char *now;
  gsize length;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->comparing);
  now = bytes ? g_bytes_get_data (bytes, &length) : NULL;
  kept = flatline_snapshot_find_source (self->snapshot, self->frame->file);
  if (kept && answers)
    {
      gboolean same = bytes && (kept->truncated || flatline_is_same_but_masked (now, kept->text));

      gtk_label_set_label (GTK_LABEL (self->changed), bytes ? _ ("changed since") : _ ("gone since"));
      flatline_tooltip_set (self->changed, bytes ? _ ("The file has changed since; this is the text that ran")
                                                 : _ ("The file is not there any more; this is the text that ran"));
      gtk_widget_set_visible (self->changed, !same);
    }
  else if (bytes && g_utf8_validate (now, (gssize)length, NULL))
    show_text (self, self->frame->file, now);
}

typedef struct
{
  char *path;
  gint64 before_us; /* what has changed since is not wanted */
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  g_free (wanted->path);
  g_free (wanted);
}

static void
read_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Wanted *wanted = data;
  g_autofree char *path = NULL;
  GError *error = NULL;
  GStatBuf status;
  char *text;
  gsize length;

  if (!flatline_file_answers (0, wanted->path, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  path = flatline_true_path_dup ("", wanted->path);
  if (g_stat (path, &status) != 0 || !S_ISREG (status.st_mode)
      || status.st_mtim.tv_sec * G_USEC_PER_SEC >= wanted->before_us)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not wanted");
  else if (!g_file_get_contents (path, &text, &length, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_bytes_new_take (text, length), (GDestroyNotify)g_bytes_unref);
}

/* The answers come on the main thread, and only while the pane shows this frame: another cancels them. */
static void
compare_with_file (FlatlineSourcePane *self)
{
  g_autoptr (GTask) task = NULL;
  Wanted *wanted;

  if (self->comparing)
    g_cancellable_cancel (self->comparing);
  g_clear_object (&self->comparing);
  if (!self->frame || !self->snapshot || !self->frame->file || !g_path_is_absolute (self->frame->file)
      || !is_from_here (self->snapshot))
    return;
  self->comparing = g_cancellable_new ();
  wanted = g_new0 (Wanted, 1);
  wanted->path = g_strdup (self->frame->file);
  wanted->before_us =
      flatline_snapshot_find_source (self->snapshot, self->frame->file) ? G_MAXINT64 : self->snapshot->captured_us;
  task = g_task_new (self, self->comparing, on_file_read, NULL);
  g_task_set_task_data (task, wanted, wanted_free);
  g_task_run_in_thread (task, read_file);
}

/* An exception that no frame raised, such as a SyntaxError of the script itself, brings its lines along. */
static const char *
get_text_without_frame (FlatlineSourcePane *self)
{
  FlatlineExceptionInfo *exception = self->snapshot ? self->snapshot->exception : NULL;

  return exception && exception->traceback_text && flatline_list_length (exception->frames) == 0
             ? exception->traceback_text
             : "";
}

static void
show_frame (FlatlineSourcePane *self)
{
  FlatlineFrame *frame = self->frame;
  FlatlineSourceFile *source =
      frame && self->snapshot && frame->file ? flatline_snapshot_find_source (self->snapshot, frame->file) : NULL;
  g_autofree char *place =
      frame && frame->file ? g_strdup_printf ("%s:%" G_GINT64_FORMAT, frame->file, frame->line) : NULL;
  g_autofree char *title = NULL;

  if (place)
    title = flatline_place_text_dup (place);
  else if (frame)
    title = flatline_shown_text_dup (frame->module ? frame->module : _ ("Native code"));
  gtk_label_set_label (self->title, title ? title : "");
  gtk_widget_set_visible (self->title_bar, frame != NULL);
  gtk_widget_set_visible (self->changed, FALSE);
  if (source && source->text)
    show_text (self, source->file, source->text);
  else if (frame && g_strcmp0 (frame->kind, "native") == 0 && !frame->file)
    show_word (self, _ ("Native code without a source file"));
  else
    show_word (self, frame ? _ ("The source of this frame was not kept") : get_text_without_frame (self));
  compare_with_file (self);
}

static void
flatline_source_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  if (id == PROP_SNAPSHOT)
    g_set_object (&self->snapshot, g_value_get_object (value));
  else
    g_set_object (&self->frame, g_value_get_object (value));
  show_frame (self);
}

static void
flatline_source_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  g_value_set_object (value, id == PROP_FRAME ? (gpointer)self->frame : (gpointer)self->snapshot);
}

static void
flatline_source_pane_dispose (GObject *object)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  if (self->comparing)
    g_cancellable_cancel (self->comparing);
  g_clear_object (&self->comparing);
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  g_clear_pointer (&self->text_file, g_free);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->frame);
  g_clear_object (&self->colors);
  /* GtkSourceView 5.6 lets no view go whose lines have had numbers: at least the text goes. */
  if (self->box)
    gtk_text_view_set_buffer (self->view, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->buffer);
  G_OBJECT_CLASS (flatline_source_pane_parent_class)->dispose (object);
}

static void
find_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FLATLINE_SOURCE_PANE (widget)->is_read = TRUE; /* what is found is looked at, not the line */
  flatline_find_bar_ask (FLATLINE_SOURCE_PANE (widget)->find_bar);
}

static void
flatline_source_pane_class_init (FlatlineSourcePaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_source_pane_set_property;
  object_class->get_property = flatline_source_pane_get_property;
  object_class->dispose = flatline_source_pane_dispose;
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "pane.find", NULL, find_activated);
}

static GtkWidget *
create_title_bar (FlatlineSourcePane *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_START, "hexpand", TRUE, NULL);
  self->changed = gtk_label_new (_ ("changed since"));
  gtk_widget_add_css_class (self->changed, "changed-word");
  flatline_tooltip_tell_label (self->title);
  gtk_widget_add_css_class (bar, "pane-title");
  gtk_widget_add_css_class (bar, "with-border");
  gtk_box_append (GTK_BOX (bar), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (bar), self->changed);
  return bar;
}

static GtkWidget *
create_view (FlatlineSourcePane *self)
{
  GtkWidget *view = gtk_source_view_new_with_buffer (self->buffer);

  self->view = GTK_TEXT_VIEW (view);
  gtk_text_view_set_editable (self->view, FALSE);
  gtk_text_view_set_monospace (self->view, TRUE);
  gtk_text_view_set_left_margin (self->view, 4);
  gtk_source_view_set_tab_width (GTK_SOURCE_VIEW (view), 4);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Source"), -1);
  flatline_source_direction_copy_without (self->view);
  g_signal_connect_object (view, "map", G_CALLBACK (queue_scroll), self, G_CONNECT_SWAPPED);
  return view;
}

static void
flatline_source_pane_init (FlatlineSourcePane *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkEventController *wheel = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  self->buffer = gtk_source_buffer_new (NULL);
  self->line_tag = gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (self->buffer), NULL, NULL);
  self->span_tag = gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (self->buffer), NULL, NULL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), create_view (self));
  flatline_scrolled_layout_use (GTK_SCROLLED_WINDOW (scrolled));
  self->colors = flatline_source_colors_new (GTK_SOURCE_VIEW (self->view));
  gtk_widget_set_vexpand (scrolled, TRUE);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)), "changed",
                           G_CALLBACK (on_measured), self, G_CONNECT_SWAPPED);
  gtk_event_controller_set_propagation_phase (wheel, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (wheel, "scroll", G_CALLBACK (on_scrolled), self);
  gtk_widget_add_controller (scrolled, wheel);
  self->title_bar = create_title_bar (self);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), self->title_bar);
  self->find_bar = flatline_source_search_new (GTK_SOURCE_VIEW (self->view));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->find_bar));
  gtk_box_append (GTK_BOX (self->box), scrolled);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_scheme), self,
                           G_CONNECT_SWAPPED);
  update_scheme (self);
  show_frame (self);
}
