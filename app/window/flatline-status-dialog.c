/* SPDX-License-Identifier: MIT */
/* The Status window: one line a fact about the supervision. It is read anew each second while it is open. */
#include "config.h"

#include "flatline-status-dialog.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-frame-split.h"
#include "flatline-shown-text.h"
#include "flatline-tooltip.h"

typedef struct
{
  FlatlineSession *session;
  GtkLabel *label;
  guint source;
} Status;

static void
status_free (gpointer data)
{
  Status *status = data;

  g_clear_handle_id (&status->source, g_source_remove);
  g_object_unref (status->session);
  g_free (status);
}

static gboolean
update (gpointer user_data)
{
  Status *status = user_data;
  g_autofree char *raw = flatline_session_dup_status_text (status->session);
  g_autofree char *text = flatline_shown_text_dup (raw);

  /* A selection that a person is making must not be lost to an update that says the same. */
  if (g_strcmp0 (gtk_label_get_label (status->label), g_strchomp (text)) != 0)
    gtk_label_set_label (status->label, text);
  return G_SOURCE_CONTINUE;
}

static void
on_copy (GtkButton *button, GtkLabel *label)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), gtk_label_get_label (label));
}

void
flatline_status_dialog_present (GtkWidget *parent, FlatlineSession *session)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "selectable", TRUE, "xalign", 0.0, "yalign", 0.0, "wrap", TRUE,
                                   "wrap-mode", PANGO_WRAP_WORD_CHAR, "margin-start", 18, "margin-end", 18,
                                   "margin-top", 12, "margin-bottom", 18, NULL);
  GtkEventController *keys = gtk_shortcut_controller_new ();
  Status *status = g_new0 (Status, 1);

  status->session = g_object_ref (session);
  status->label = GTK_LABEL (label);
  status->source = g_timeout_add_seconds (1, update, status);
  g_object_set_data_full (G_OBJECT (window), "flatline-status", status, status_free);
  update (status);

  gtk_widget_add_css_class (label, "status-text");
  flatline_tooltip_set (copy, _ ("Copy"));
  g_signal_connect (copy, "clicked", G_CALLBACK (on_copy), label);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), copy);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), label);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), 480);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0), gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, keys);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Status"));
  gtk_window_set_default_size (GTK_WINDOW (window), 520, -1);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (gtk_widget_get_root (parent)));
  flatline_frame_split_follow_dialog (GTK_WINDOW (window));
  gtk_window_present (GTK_WINDOW (window));
  flatline_accessible_names_give (GTK_WIDGET (window));
}
