/* SPDX-License-Identifier: MIT */
/*
 * GTK 4.8 tells assistive technology the name of a widget's class where the widget has no words of its own. Tooltips
 * and placeholders are words a person sees; so they are what the control is called.
 */
#include "config.h"

#include "flatline-accessible-names.h"

static void
give_name (GtkWidget *widget, const char *name)
{
  g_auto (GStrv) lines = name ? g_strsplit (name, "\n", 2) : NULL;

  if (lines && lines[0] && *lines[0])
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, lines[0], -1);
}

/* "_Read Again", "snake__case": an underscore marks the key, two of them are one. */
static char *
strip_mnemonic (const char *label)
{
  GString *words = g_string_new (NULL);

  for (const char *at = label ? label : ""; *at; at++)
    if (*at != '_' || (at > label && at[-1] == '_'))
      g_string_append_c (words, *at);
  return g_string_free (words, FALSE);
}

/* The toolkit has these words in more languages than we do. */
#define GTK_CATALOGUE "gtk40"

/* The toolkit's own buttons, which have an icon and no words. */
static const char *
get_icon_words (const char *icon_name)
{
  static const struct
  {
    const char *icon;
    const char *words;
  } known[] = {
    { "window-close", "Close" }, { "window-minimize", "Minimize" }, { "window-maximize", "Maximize" },
    { "edit-find", "Search" },   { "view-reveal", "Show Text" },    { "view-conceal", "Hide Text" },
    { "go-previous", "Back" },
  };

  for (gsize i = 0; icon_name && i < G_N_ELEMENTS (known); i++)
    if (g_str_has_prefix (icon_name, known[i].icon))
      return g_dgettext (GTK_CATALOGUE, known[i].words);
  return NULL;
}

static const char *
get_icon_name (GtkButton *button)
{
  GtkWidget *child = gtk_button_get_child (button);

  if (gtk_button_get_icon_name (button))
    return gtk_button_get_icon_name (button);
  return GTK_IS_IMAGE (child) ? gtk_image_get_icon_name (GTK_IMAGE (child)) : NULL;
}

/*
 * The widget says that it is a button, but takes neither focus nor press: that is the one inside, which is called
 * after it. So it is called a group, and whoever looks for a button of that name finds the one that does something.
 */
static void
name_menu_button (GtkMenuButton *button)
{
  g_autofree char *label = strip_mnemonic (gtk_menu_button_get_label (button));

  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (button)) != GTK_ACCESSIBLE_ROLE_GROUP)
    g_object_set (button, "accessible-role", GTK_ACCESSIBLE_ROLE_GROUP, NULL);
  give_name (GTK_WIDGET (button), *label ? label : gtk_widget_get_tooltip_text (GTK_WIDGET (button)));
}

/* GTK 4.8 says the mark of the key and then the label once more, anew with each change of it. */
static void
name_by_label (GtkButton *button)
{
  g_autofree char *words = strip_mnemonic (gtk_button_get_label (button));

  if (!*words) /* what it shows is a widget, which names it */
    return;
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  give_name (GTK_WIDGET (button), words);
}

static void
follow_label (GtkButton *button)
{
  g_signal_handlers_disconnect_by_func (button, name_by_label, NULL);
  g_signal_connect (button, "notify::label", G_CALLBACK (name_by_label), NULL);
  name_by_label (button);
}

void
flatline_accessible_names_give (GtkWidget *root)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child; child = gtk_widget_get_next_sibling (child))
    flatline_accessible_names_give (child);
  if (GTK_IS_MENU_BUTTON (root))
    name_menu_button (GTK_MENU_BUTTON (root));
  else if (GTK_IS_BUTTON (root) && get_icon_name (GTK_BUTTON (root)))
    give_name (root, gtk_widget_get_tooltip_text (root) ? gtk_widget_get_tooltip_text (root)
                                                        : get_icon_words (get_icon_name (GTK_BUTTON (root))));
  else if (GTK_IS_BUTTON (root) && gtk_button_get_use_underline (GTK_BUTTON (root)))
    follow_label (GTK_BUTTON (root));
  else if (GTK_IS_SEARCH_ENTRY (root))
    {
      g_autofree char *placeholder = NULL;

      g_object_get (root, "placeholder-text", &placeholder, NULL);
      give_name (root, placeholder ? placeholder : g_dgettext (GTK_CATALOGUE, "Search"));
    }
}

void
flatline_accessible_names_name_row (GtkWidget *row, const char *title, const char *detail)
{
  const gboolean has_detail = detail && *detail;
  g_autofree char *name = g_strconcat (title, has_detail ? ", " : "", has_detail ? detail : "", NULL);

  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/*
 * GTK 4.18 names a menu's item by the label in it, which it calls presentation and so without a name: menus without
 * words. It does so again with each change of the item.
 */
static void
name_menu_item (GtkWidget *item)
{
  g_autofree char *text = NULL;

  g_object_get (item, "text", &text, NULL);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  give_name (item, text);
}

static gboolean
on_widget_shown (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GtkWidget *widget = g_value_get_object (&values[0]);

  /* A private class of GTK. */
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkModelButton"))
    {
      g_signal_handlers_disconnect_by_func (widget, name_menu_item, NULL);
      g_signal_connect (widget, "notify", G_CALLBACK (name_menu_item), NULL);
      name_menu_item (widget);
    }
  else if (GTK_IS_BUTTON (widget) && gtk_button_get_use_underline (GTK_BUTTON (widget)))
    follow_label (GTK_BUTTON (widget));
  return G_SOURCE_CONTINUE;
}

void
flatline_accessible_names_name_menus (void)
{
  g_autoptr (GTypeClass) widget_class = g_type_class_ref (GTK_TYPE_WIDGET); /* what makes its signals */

  g_signal_add_emission_hook (g_signal_lookup ("map", GTK_TYPE_WIDGET), 0, on_widget_shown, NULL, NULL);
}
