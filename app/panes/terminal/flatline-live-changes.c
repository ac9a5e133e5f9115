/* SPDX-License-Identifier: MIT */
/* A list box bound to the list of a FlatlineLive, that grows to a few rows and then scrolls. */
#include "config.h"

#include "flatline-live-changes.h"

#include <glib/gi18n.h>

#include "flatline-shown-text.h"
#include "flatline-tooltip.h"

#define MAX_HEIGHT 100 /* pixels: three rows */

struct _FlatlineLiveChanges
{
  GtkWidget parent_instance;
  FlatlineLive *live;
  GtkWidget *scrolled;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (FlatlineLiveChanges, flatline_live_changes, GTK_TYPE_WIDGET)

static char *
dup_words (FlatlineLiveChange *change)
{
  const gboolean has_detail = change->detail && *change->detail;

  if (g_str_equal (change->kind, "patch"))
    return has_detail ? g_strdup_printf (/* Translators: a variable, its value */ _ ("Patched: %s = %s"), change->name,
                                         change->detail)
                      : g_strdup_printf (/* Translators: a function */ _ ("Patched: %s"), change->name);
  if (g_str_equal (change->kind, "break"))
    return has_detail
               ? g_strdup_printf (/* Translators: a function, a condition in Python */ _ ("Breakpoint: %s if %s"),
                                  change->name, change->detail)
               : g_strdup_printf (/* Translators: a function */ _ ("Breakpoint: %s"), change->name);
  if (has_detail)
    return g_strdup_printf (/* Translators: a function, a condition in Python */ _ ("Traced: %s if %s"), change->name,
                            change->detail);
  return g_strdup_printf (/* Translators: a function */ _ ("Traced: %s"), change->name);
}

static void
on_undo (GtkWidget *button, FlatlineLiveChanges *self)
{
  FlatlineLiveChange *change = g_object_get_data (G_OBJECT (button), "change");

  if (self->live)
    flatline_live_undo (self->live, change);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  g_autofree char *raw = dup_words (item);
  g_autofree char *words = flatline_shown_text_dup (raw);
  g_autofree char *description = g_strdup_printf (/* Translators: takes back what a row says, which follows */
                                                  _ ("Undo: %s"), words);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", words, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_MIDDLE,
                                   "hexpand", TRUE, "margin-start", 9, NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-undo-symbolic");

  /* As low as the tools beside a pane: there is little room between what is asked and what is answered. */
  gtk_widget_add_css_class (box, "pane-tools");
  gtk_widget_add_css_class (button, "flat");
  flatline_tooltip_set (label, words);
  flatline_tooltip_set (button, description);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, description, -1);
  g_object_set_data_full (G_OBJECT (button), "change", g_object_ref (item), g_object_unref);
  g_signal_connect (button, "clicked", G_CALLBACK (on_undo), user_data);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), button);
  return g_object_new (GTK_TYPE_LIST_BOX_ROW, "child", box, "activatable", FALSE, "focusable", FALSE, NULL);
}

static void
on_items_changed (FlatlineLiveChanges *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self),
                          self->live
                              && g_list_model_get_n_items (G_LIST_MODEL (flatline_live_get_changes (self->live))) > 0);
}

void
flatline_live_changes_show (FlatlineLiveChanges *self, FlatlineLive *live)
{
  GListStore *changes;

  if (self->live)
    g_signal_handlers_disconnect_by_data (flatline_live_get_changes (self->live), self);
  g_set_object (&self->live, live);
  changes = live ? flatline_live_get_changes (live) : NULL;
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (changes), create_row, self, NULL);
  if (changes)
    g_signal_connect_object (changes, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  on_items_changed (self);
}

static void
flatline_live_changes_dispose (GObject *object)
{
  FlatlineLiveChanges *self = FLATLINE_LIVE_CHANGES (object);

  if (self->scrolled)
    flatline_live_changes_show (self, NULL);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_live_changes_parent_class)->dispose (object);
}

static void
flatline_live_changes_class_init (FlatlineLiveChangesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_live_changes_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_live_changes_init (FlatlineLiveChanges *self)
{
  self->list = g_object_new (GTK_TYPE_LIST_BOX, "selection-mode", GTK_SELECTION_NONE, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Changed in the program"), -1);
  self->scrolled =
      g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER, "propagate-natural-height", TRUE,
                    "max-content-height", MAX_HEIGHT, "child", self->list, NULL);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
