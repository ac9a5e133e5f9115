/* SPDX-License-Identifier: MIT */
/*
 * Shows one value whole, a page at a time: a str with its lines as lines, bytes as hexadecimal, anything else as repr()
 * wrote it. Of what was cut short at the capture, the whole is read from the program while it lives; until then, and
 * when that fails, its beginning is shown. Reading, searching and saving are done in workers.
 */
#include "config.h"

#include "flatline-value-viewer.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-shown-text.h"
#include "flatline-toast.h"
#include "flatline-tooltip.h"
#include "flatline-value-finder.h"
#include "flatline-value-page-view.h"
#include "flatline-value-saving.h"
#include "flatline-value-text.h"

#define MAX_REPR_BYTES   (8 * 1024 * 1024)
#define MAX_COPIED_BYTES (8 * 1024 * 1024) /* more is for a file */

#define FLATLINE_TYPE_VALUE_VIEWER (flatline_value_viewer_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineValueViewer, flatline_value_viewer, FLATLINE, VALUE_VIEWER, AdwWindow)

struct _FlatlineValueViewer
{
  AdwWindow parent_instance;
  FlatlineValue *value;
  FlatlineExaminer *examiner; /* NULL: nothing more can be read */
  FlatlineValueContent *content;
  GtkWidget *title;
  GtkWidget *reading;
  GtkWidget *saving;
  GtkWidget *problem; /* a line, and a button to read again */
  GtkWidget *problem_line;
  GtkWidget *finder;
  GtkWidget *view; /* NULL: the window was closed, like all widgets but the row of the reading */
  GtkWidget *wrap;
  GtkWidget *hexadecimal;
};

G_DEFINE_FINAL_TYPE (FlatlineValueViewer, flatline_value_viewer, ADW_TYPE_WINDOW)

static FlatlineValuePageView *
get_view (FlatlineValueViewer *self)
{
  return FLATLINE_VALUE_PAGE_VIEW (self->view);
}

/* Of a captured one, what its text tells is counted. */
static gint64
count_shown (FlatlineValueViewer *self)
{
  gsize size;
  const char *data = g_bytes_get_data (self->content->bytes, &size);

  if (self->content->length >= 0 || !flatline_content_can_read (self->value->type))
    return self->content->length;
  return self->content->is_text ? g_utf8_strlen (data, (gssize)size) : (gint64)size;
}

static char *
describe (FlatlineValueViewer *self, gboolean is_whole)
{
  FlatlineValue *value = self->value;
  g_autoptr (GString) line = g_string_new (value->type ? value->type : "");
  const gint64 n_shown = count_shown (self);

  if (value->size >= 0)
    {
      g_autofree char *length = g_strdup_printf ("%" G_GINT64_FORMAT, value->size);

      g_string_append (line, " · ");
      /* Translators: of a string, of bytes, of a list: a number */
      g_string_append_printf (line, _ ("length %s"), length);
    }
  if (!is_whole && n_shown >= 0)
    {
      g_autofree char *shown = g_strdup_printf ("%" G_GINT64_FORMAT, n_shown);

      g_string_append (line, " · ");
      /* Translators: behind "length 5000": a number of characters or bytes */
      g_string_append_printf (line, _ ("only the first %s were read"), shown);
    }
  else if (!is_whole)
    g_string_append_printf (line, " · %s", _ ("only its beginning was read"));
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* What is shown */

static void
show_content (FlatlineValueViewer *self, FlatlineValueContent *content, gboolean is_whole)
{
  g_autofree char *subtitle = NULL;

  g_clear_pointer (&self->content, flatline_value_content_free);
  self->content = content;
  subtitle = describe (self, is_whole);
  adw_window_title_set_subtitle (ADW_WINDOW_TITLE (self->title), subtitle);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->hexadecimal), !content->is_text);
  flatline_value_page_view_show (get_view (self), content->bytes, content->is_text, 0);
  flatline_value_finder_look_in (FLATLINE_VALUE_FINDER (self->finder), content->bytes);
}

static void
on_hexadecimal_toggled (FlatlineValueViewer *self)
{
  const gboolean is_text = !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->hexadecimal));
  gsize begin;

  gtk_widget_set_sensitive (self->wrap, is_text);
  flatline_value_page_view_set_wrap (get_view (self),
                                     is_text && gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->wrap)));
  if (!self->content || is_text == flatline_value_page_view_is_text (get_view (self)))
    return;
  flatline_value_page_view_get_page (get_view (self), &begin);
  flatline_value_page_view_show (get_view (self), self->content->bytes, is_text, begin);
  flatline_value_finder_look_in (FLATLINE_VALUE_FINDER (self->finder), self->content->bytes);
}

/* The selection, else all that it is; of what no clipboard should hold, the page. */
static void
on_copy (FlatlineValueViewer *self)
{
  gboolean is_selection;
  gsize size;
  const char *data = g_bytes_get_data (self->content->bytes, &size);
  g_autofree char *text = flatline_value_page_view_dup_text (get_view (self), &is_selection);

  if (!is_selection && size > 0 && size <= MAX_COPIED_BYTES && flatline_value_page_view_is_text (get_view (self))
      && g_utf8_validate_len (data, size, NULL))
    {
      g_free (text);
      text = g_strndup (data, size);
    }
  else if (!is_selection)
    flatline_toast_say (self->view, _ ("The page was copied; Save Value writes all of it"));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

/* Reading the whole */

static void
tell_problem (FlatlineValueViewer *self, const char *line)
{
  gtk_label_set_label (GTK_LABEL (self->problem_line), line ? line : "");
  gtk_widget_set_visible (self->problem, line != NULL);
}

static void
on_progress (goffset done, goffset whole, gpointer user_data)
{
  flatline_value_progress_tell (FLATLINE_VALUE_PROGRESS (FLATLINE_VALUE_VIEWER (user_data)->reading), done, whole);
}

static void
on_content_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineValueViewer) self = user_data;
  g_autoptr (GError) error = NULL;
  FlatlineValueContent *content = flatline_examiner_read_content_finish (FLATLINE_EXAMINER (source), result, &error);
  const gboolean was_cancelled = flatline_value_progress_is_cancelled (FLATLINE_VALUE_PROGRESS (self->reading));
  const char *cancelled = was_cancelled ? _ ("The reading was cancelled") : NULL;

  if (!self->view)
    {
      g_clear_pointer (&content, flatline_value_content_free);
      return;
    }
  flatline_value_progress_end (FLATLINE_VALUE_PROGRESS (self->reading));
  if (content)
    {
      const char *problem = content->problem && cancelled ? cancelled : content->problem;

      show_content (self, content, problem == NULL);
      tell_problem (self, problem);
    }
  else
    {
      g_autofree char *subtitle = describe (self, FALSE);

      adw_window_title_set_subtitle (ADW_WINDOW_TITLE (self->title), subtitle);
      tell_problem (self, cancelled ? cancelled : error->message);
    }
}

static void
on_repr_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineValueViewer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineValue) now = flatline_examiner_expand_finish (FLATLINE_EXAMINER (source), result, &error);
  FlatlineValueContent *content;

  if (!self->view)
    return;
  if (!now)
    {
      g_autofree char *subtitle = describe (self, FALSE);

      adw_window_title_set_subtitle (ADW_WINDOW_TITLE (self->title), subtitle);
      tell_problem (self, error->message);
      return;
    }
  g_set_object (&self->value, now);
  content = flatline_value_content_new_take (NULL, TRUE);
  content->bytes = flatline_value_dup_content (now, &content->is_text);
  show_content (self, content, !now->truncated);
}

static void
read_whole (FlatlineValueViewer *self)
{
  tell_problem (self, NULL);
  adw_window_title_set_subtitle (ADW_WINDOW_TITLE (self->title), _ ("reading all of it…"));
  if (!flatline_content_can_read (self->value->type))
    flatline_examiner_expand_async (self->examiner, self->value, 0, 0, MAX_REPR_BYTES, NULL, on_repr_read,
                                    g_object_ref (self));
  else
    flatline_examiner_read_content_async (self->examiner, self->value, on_progress,
                                          flatline_value_progress_begin (FLATLINE_VALUE_PROGRESS (self->reading)),
                                          on_content_read, g_object_ref (self));
}

static void
on_save (FlatlineValueViewer *self)
{
  const FlatlineValueContent *content = self->content;
  g_autofree char *name =
      g_strconcat (self->value->name ? self->value->name : "value", content->is_text ? ".txt" : ".bin", NULL);

  flatline_value_saving_ask (FLATLINE_VALUE_PROGRESS (self->saving), content->bytes, name);
}

static void
on_wrap_toggled (FlatlineValueViewer *self)
{
  flatline_value_page_view_set_wrap (get_view (self), gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->wrap)));
}

/* The window */

static GtkWidget *
create_button (FlatlineValueViewer *self, const char *icon, const char *tooltip, GCallback on_clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  flatline_tooltip_set (button, tooltip);
  g_signal_connect_object (button, "clicked", on_clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_row (void)
{
  return g_object_new (GTK_TYPE_BOX, "spacing", 6, "margin-start", 9, "margin-end", 9, "margin-top", 6, "margin-bottom",
                       6, NULL);
}

static GtkWidget *
create_problem (FlatlineValueViewer *self)
{
  GtkWidget *again = gtk_button_new_with_mnemonic (_ ("_Read Again"));

  self->problem = create_row ();
  self->problem_line = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0, "hexpand", TRUE, NULL);
  g_signal_connect_swapped (again, "clicked", G_CALLBACK (read_whole), self);
  gtk_widget_set_valign (again, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (self->problem), self->problem_line);
  gtk_box_append (GTK_BOX (self->problem), again);
  gtk_widget_set_visible (self->problem, FALSE);
  return self->problem;
}

static GtkWidget *
create_header (FlatlineValueViewer *self)
{
  GtkWidget *header = adw_header_bar_new ();

  self->title = adw_window_title_new ("", "");
  self->wrap = g_object_new (GTK_TYPE_TOGGLE_BUTTON, "icon-name", "format-justify-left-symbolic", "active", TRUE, NULL);
  flatline_tooltip_set (self->wrap, _ ("Wrap Lines"));
  self->hexadecimal = gtk_toggle_button_new_with_label ("0x");
  flatline_tooltip_set (self->hexadecimal, _ ("Show Bytes in Hexadecimal"));
  /* GTK 4.18 names a button by what it shows, whatever else it is called. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (self->hexadecimal), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->hexadecimal), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Show Bytes in Hexadecimal"), -1);
  g_signal_connect_swapped (self->wrap, "toggled", G_CALLBACK (on_wrap_toggled), self);
  g_signal_connect_swapped (self->hexadecimal, "toggled", G_CALLBACK (on_hexadecimal_toggled), self);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), self->title);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header),
                             create_button (self, "edit-copy-symbolic", _ ("Copy"), G_CALLBACK (on_copy)));
  adw_header_bar_pack_start (ADW_HEADER_BAR (header),
                             create_button (self, "document-save-symbolic", _ ("Save Value"), G_CALLBACK (on_save)));
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->hexadecimal);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->wrap);
  return header;
}

static gboolean
on_key (GtkWidget *widget, GVariant *key, gpointer user_data)
{
  FlatlineValueViewer *self = FLATLINE_VALUE_VIEWER (widget);

  switch (g_variant_get_uint32 (key))
    {
    case GDK_KEY_Escape: /* as GTK's own from 4.12 on: what is selected goes first */
      if (!flatline_value_page_view_unselect (get_view (self)))
        gtk_window_close (GTK_WINDOW (self));
      return TRUE;
    case GDK_KEY_f:
      gtk_widget_grab_focus (self->finder);
      return TRUE;
    case GDK_KEY_g:
      flatline_value_finder_find (FLATLINE_VALUE_FINDER (self->finder), TRUE);
      return TRUE;
    case GDK_KEY_G:
      flatline_value_finder_find (FLATLINE_VALUE_FINDER (self->finder), FALSE);
      return TRUE;
    case GDK_KEY_i:
      flatline_value_page_view_ask_place (get_view (self));
      return TRUE;
    case GDK_KEY_s:
      on_save (self);
      return TRUE;
    case GDK_KEY_Page_Up:
      flatline_value_page_view_turn (get_view (self), -1);
      return TRUE;
    default:
      flatline_value_page_view_turn (get_view (self), 1);
      return TRUE;
    }
}

static void
flatline_value_viewer_dispose (GObject *object)
{
  FlatlineValueViewer *self = FLATLINE_VALUE_VIEWER (object);

  flatline_value_progress_cancel (FLATLINE_VALUE_PROGRESS (self->reading));
  self->view = NULL;
  G_OBJECT_CLASS (flatline_value_viewer_parent_class)->dispose (object);
}

static void
flatline_value_viewer_finalize (GObject *object)
{
  FlatlineValueViewer *self = FLATLINE_VALUE_VIEWER (object);

  g_clear_object (&self->value);
  g_clear_object (&self->examiner);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->content, flatline_value_content_free);
  G_OBJECT_CLASS (flatline_value_viewer_parent_class)->finalize (object);
}

static void
flatline_value_viewer_class_init (FlatlineValueViewerClass *klass)
{
  const guint keys[] = { GDK_KEY_f, GDK_KEY_g, GDK_KEY_i, GDK_KEY_s, GDK_KEY_Page_Up, GDK_KEY_Page_Down };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_value_viewer_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_value_viewer_finalize;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, on_key, "u", GDK_KEY_Escape);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i], GDK_CONTROL_MASK, on_key, "u", keys[i]);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_g, GDK_CONTROL_MASK | GDK_SHIFT_MASK, on_key, "u", GDK_KEY_G);
}

static void
flatline_value_viewer_init (FlatlineValueViewer *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *overlay = adw_toast_overlay_new ();
  GtkWidget *inner = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->reading = g_object_ref_sink (flatline_value_progress_new (_ ("reading all of it…")));
  self->saving = flatline_value_progress_new (_ ("saving…"));
  self->view = flatline_value_page_view_new ();
  self->finder = flatline_value_finder_new (get_view (self));
  g_signal_connect_swapped (self->finder, "stopped", G_CALLBACK (gtk_window_close), self);
  gtk_box_append (GTK_BOX (box), create_header (self));
  gtk_box_append (GTK_BOX (inner), self->reading);
  gtk_box_append (GTK_BOX (inner), self->saving);
  gtk_box_append (GTK_BOX (inner), create_problem (self));
  gtk_box_append (GTK_BOX (inner), self->finder);
  gtk_box_append (GTK_BOX (inner), self->view);
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (overlay), inner);
  gtk_box_append (GTK_BOX (box), overlay);
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_default_size (GTK_WINDOW (self), 720, 520);
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
}

/* Views of bytes tell nothing of what they show until it is read. */
static gboolean
is_to_be_read (FlatlineValue *value)
{
  return value->address
         && (value->truncated || (flatline_content_can_read (value->type) && value->text && *value->text == '<'));
}

void
flatline_value_viewer_present (GtkWidget *parent, FlatlineValue *value, FlatlineExaminer *examiner)
{
  FlatlineValueViewer *self = g_object_new (FLATLINE_TYPE_VALUE_VIEWER, NULL);
  g_autofree char *name = flatline_shown_text_dup (value->name ? value->name : _ ("Value"));
  FlatlineValueContent *content = flatline_value_content_new_take (NULL, TRUE);

  g_set_object (&self->value, value);
  g_set_object (&self->examiner, examiner);
  content->bytes = flatline_value_dup_content (value, &content->is_text);
  show_content (self, content, !value->truncated);
  if (examiner && is_to_be_read (value))
    read_whole (self);
  adw_window_title_set_title (ADW_WINDOW_TITLE (self->title), name);
  gtk_window_set_title (GTK_WINDOW (self), name);
  gtk_window_set_transient_for (GTK_WINDOW (self), GTK_WINDOW (gtk_widget_get_root (parent)));
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_child_focus (self->view, GTK_DIR_TAB_FORWARD);
  flatline_accessible_names_give (GTK_WIDGET (self));
}
