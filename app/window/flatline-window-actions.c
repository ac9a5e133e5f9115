/* SPDX-License-Identifier: MIT */
/* What a person can have a window do: open, attach, close a tab, go from pane to pane. */
#include "config.h"

#include "flatline-window-private.h"

#include "flatline-open-dialog.h"
#include "flatline-process-chooser.h"
#include "flatline-session-tabs.h"

static void
open_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  flatline_open_dialog_ask (GTK_WINDOW (widget), g_str_equal (name, "win.open-core"),
                            FLATLINE_WINDOW (widget)->settings);
}

static void
open_uri_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  flatline_window_request_open (widget, &(GSList){ .data = file });
}

static void
close_tab_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FlatlineWindow *self = FLATLINE_WINDOW (widget);
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tabs);

  if (page)
    adw_tab_view_close_page (self->tabs, page);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
examine (FlatlineWindow *self, gint64 pid)
{
  g_autoptr (FlatlineExamination) examination = flatline_examination_new_for_process (pid);

  flatline_window_add_examination (self, examination);
}

static void
examine_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  examine (FLATLINE_WINDOW (widget), g_variant_get_int64 (parameter));
}

static void
on_process_chosen (FlatlineWindow *self, gint64 pid)
{
  examine (self, pid);
}

static void
attach_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FlatlineProcessChooser *chooser = flatline_process_chooser_new (GTK_WINDOW (widget));

  g_signal_connect_object (chooser, "chosen", G_CALLBACK (on_process_chosen), widget, G_CONNECT_SWAPPED);
  flatline_process_chooser_present (chooser);
}

static void
open_freeze_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  flatline_window_open_freeze (FLATLINE_WINDOW (widget), g_variant_get_int64 (parameter));
}

/* Panes lead with F6 from one to the next; from elsewhere, it leads to them. */
static void
enter_panes_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FlatlineWindow *self = FLATLINE_WINDOW (widget);
  const gboolean from_end = g_variant_get_boolean (parameter);
  FlatlineSessionView *view = flatline_session_tabs_get_selected (self->tabs);

  if (view)
    flatline_session_view_enter_panes (view, from_end);
  else
    gtk_widget_child_focus (GTK_WIDGET (self->stack), from_end ? GTK_DIR_TAB_BACKWARD : GTK_DIR_TAB_FORWARD);
}

void
flatline_window_class_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open", NULL, open_activated);
  gtk_widget_class_install_action (widget_class, "win.open-core", NULL, open_activated);
  gtk_widget_class_install_action (widget_class, "win.open-uri", "s", open_uri_activated);
  gtk_widget_class_install_action (widget_class, "win.attach", NULL, attach_activated);
  gtk_widget_class_install_action (widget_class, "win.examine-process", "x", examine_activated);
  gtk_widget_class_install_action (widget_class, "win.close-tab", NULL, close_tab_activated);
  gtk_widget_class_install_property_action (widget_class, "win.fullscreen", "fullscreened");
  gtk_widget_class_install_action (widget_class, "win.enter-panes", "b", enter_panes_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F6, 0, "win.enter-panes", "b", FALSE);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F6, GDK_SHIFT_MASK, "win.enter-panes", "b", TRUE);
  gtk_widget_class_install_action (widget_class, "win.open-freeze", "x", open_freeze_activated);
}
