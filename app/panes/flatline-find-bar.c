/* SPDX-License-Identifier: MIT */
/* The parts are GTK's; what is ours is that the focus goes back, and that a text that is not there looks so. */
#include "config.h"

#include "flatline-find-bar.h"

#include <glib/gi18n.h>

#include "flatline-tooltip.h"

struct _FlatlineFindBar
{
  GtkWidget parent_instance;
  GtkSearchBar *bar;
  GtkWidget *entry;
  gboolean from_end;
  GtkWidget *text_widget; /* borrowed: both are parts of one pane */
};

enum
{
  PROP_0,
  PROP_ACTIVE,
  PROP_TEXT_WIDGET,
  PROP_PLACEHOLDER,
  PROP_FROM_END,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  FIND,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineFindBar, flatline_find_bar, GTK_TYPE_WIDGET)

static void
find (FlatlineFindBar *self, int step)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  gboolean found = FALSE;

  g_signal_emit (self, signals[FIND], 0, text, step, &found);
  if (found || !*text)
    gtk_widget_remove_css_class (self->entry, "error");
  else
    gtk_widget_add_css_class (self->entry, "error");
}

static void
find_new (FlatlineFindBar *self)
{
  find (self, 0);
}

static void
find_next (FlatlineFindBar *self)
{
  find (self, 1);
}

static void
find_previous (FlatlineFindBar *self)
{
  find (self, -1);
}

static void
on_enter (FlatlineFindBar *self)
{
  find (self, self->from_end ? -1 : 1);
}

static void
on_active (FlatlineFindBar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (!gtk_search_bar_get_search_mode (self->bar) && self->text_widget && focus
      && gtk_widget_is_ancestor (focus, GTK_WIDGET (self)))
    gtk_widget_grab_focus (self->text_widget);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

static void
flatline_find_bar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineFindBar *self = FLATLINE_FIND_BAR (object);

  if (id == PROP_ACTIVE)
    gtk_search_bar_set_search_mode (self->bar, g_value_get_boolean (value));
  else if (id == PROP_TEXT_WIDGET)
    self->text_widget = g_value_get_object (value);
  else if (id == PROP_FROM_END)
    self->from_end = g_value_get_boolean (value);
  else
    g_object_set_property (G_OBJECT (self->entry), "placeholder-text", value);
}

static void
flatline_find_bar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineFindBar *self = FLATLINE_FIND_BAR (object);

  if (id == PROP_ACTIVE)
    g_value_set_boolean (value, gtk_search_bar_get_search_mode (self->bar));
  else
    g_value_set_object (value, self->text_widget);
}

static void
flatline_find_bar_dispose (GObject *object)
{
  GtkWidget *bar = gtk_widget_get_first_child (GTK_WIDGET (object));

  if (bar)
    gtk_widget_unparent (bar);
  G_OBJECT_CLASS (flatline_find_bar_parent_class)->dispose (object);
}

static void
flatline_find_bar_class_init (FlatlineFindBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_find_bar_set_property;
  object_class->get_property = flatline_find_bar_get_property;
  object_class->dispose = flatline_find_bar_dispose;
  properties[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE,
                                                  G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_TEXT_WIDGET] =
      g_param_spec_object ("text-widget", NULL, NULL, GTK_TYPE_WIDGET, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PLACEHOLDER] =
      g_param_spec_string ("placeholder", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FROM_END] =
      g_param_spec_boolean ("from-end", NULL, NULL, FALSE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[FIND] = g_signal_new ("find", FLATLINE_TYPE_FIND_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_BOOLEAN,
                                2, G_TYPE_STRING, G_TYPE_INT);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
create_button (FlatlineFindBar *self, const char *icon, const char *words, GCallback on_clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  flatline_tooltip_set (button, words);
  g_signal_connect_swapped (button, "clicked", on_clicked, self);
  return button;
}

/* A bar that slides in is not mapped before the first frame of that, and until then keys to its entry are lost. */
static void
take_keys_at_once (FlatlineFindBar *self)
{
  GtkWidget *revealer = gtk_widget_get_ancestor (self->entry, GTK_TYPE_REVEALER);

  if (revealer)
    gtk_revealer_set_transition_duration (GTK_REVEALER (revealer), 0);
}

static void
flatline_find_bar_init (FlatlineFindBar *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  self->bar = GTK_SEARCH_BAR (gtk_search_bar_new ());
  self->entry = gtk_search_entry_new ();
  /* While it is hidden, too, its pane has to be as wide as this. */
  g_object_set (self->entry, "width-chars", 2, "max-width-chars", 28, NULL);
  g_signal_connect_swapped (self->entry, "search-changed", G_CALLBACK (find_new), self);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (on_enter), self);
  g_signal_connect_swapped (self->entry, "next-match", G_CALLBACK (find_next), self);
  g_signal_connect_swapped (self->entry, "previous-match", G_CALLBACK (find_previous), self);
  gtk_widget_add_css_class (row, "linked");
  gtk_box_append (GTK_BOX (row), self->entry);
  gtk_box_append (GTK_BOX (row), create_button (self, "go-up-symbolic", _ ("Previous"), G_CALLBACK (find_previous)));
  gtk_box_append (GTK_BOX (row), create_button (self, "go-down-symbolic", _ ("Next"), G_CALLBACK (find_next)));
  gtk_search_bar_set_child (self->bar, row);
  gtk_search_bar_connect_entry (self->bar, GTK_EDITABLE (self->entry));
  take_keys_at_once (self);
  gtk_search_bar_set_show_close_button (self->bar, TRUE);
  g_signal_connect_swapped (self->bar, "notify::search-mode-enabled", G_CALLBACK (on_active), self);
  gtk_widget_set_parent (GTK_WIDGET (self->bar), GTK_WIDGET (self));
}

void
flatline_find_bar_ask (FlatlineFindBar *self)
{
  g_return_if_fail (FLATLINE_IS_FIND_BAR (self));
  gtk_search_bar_set_search_mode (self->bar, TRUE);
  gtk_widget_grab_focus (self->entry);
  gtk_editable_select_region (GTK_EDITABLE (self->entry), 0, -1);
}
