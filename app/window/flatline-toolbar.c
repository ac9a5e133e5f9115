/* SPDX-License-Identifier: MIT */
/*
 * FlatlineToolbar: a button for each verb of the action list that has a label, where the tab has what the verb needs.
 * It lays its buttons out itself: with all their words where there is room; in a narrower window only the gravest keep
 * their words; in a narrow one as many as fit are shown, and the rest is not drawn, not reachable, and offered by the
 * menu at the end instead. What is there in every state has its place at the two ends, and nothing goes away below the
 * pointer: it waits until that has left.
 */
#include "config.h"

#include "flatline-toolbar.h"

#include <glib/gi18n.h>

#include "flatline-action-list.h"
#include "flatline-tooltip.h"

#define SPACING       4
#define GROUP_SPACING 14

struct _FlatlineToolbar
{
  GtkWidget parent_instance;
  GPtrArray *buttons; /* borrowed GtkWidget, in order */
  GPtrArray *infos;   /* const FlatlineActionInfo, the same order */
  GtkWidget *overflow;
  GMenu *menu;
  GtkEventController *pointer;
  FlatlineNeeds available; /* what the tab has */
  FlatlineNeeds shown;     /* what the buttons were chosen by */
  int *word_widths;        /* of each button with its word, as last seen */
  guint n_shown;
  guint menu_source;
  gboolean wordy;  /* every button shows its word */
  int wordy_width; /* what that takes */
  guint words_source;
};

G_DEFINE_FINAL_TYPE (FlatlineToolbar, flatline_toolbar, GTK_TYPE_WIDGET)

static gboolean
is_offered (FlatlineToolbar *self, guint index)
{
  const FlatlineActionInfo *info = self->infos->pdata[index];

  return (info->needs & self->shown) == info->needs;
}

/* Before the next button that is offered: a group's own gap, even where the first of the group is not. */
static int
gap_before (FlatlineToolbar *self, guint index)
{
  if (!is_offered (self, index))
    return 0;
  for (guint i = index + 1; i-- > 0;)
    {
      const FlatlineActionInfo *info = self->infos->pdata[i];

      if (i < index && is_offered (self, i))
        return SPACING;
      if (info->begins_group)
        break;
    }
  for (guint i = 0; i < index; i++)
    if (is_offered (self, i))
      return GROUP_SPACING;
  return 0;
}

static int
width_of (GtkWidget *widget)
{
  int natural = 0;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static void
flatline_toolbar_measure (GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  FlatlineToolbar *self = FLATLINE_TOOLBAR (widget);

  *minimum = *natural = 0;
  for (guint i = 0; i < self->buttons->len; i++)
    {
      int child_minimum, child_natural;

      gtk_widget_measure (self->buttons->pdata[i], orientation, -1, &child_minimum, &child_natural, NULL, NULL);
      if (orientation == GTK_ORIENTATION_VERTICAL)
        *natural = MAX (*natural, child_natural);
      else
        *natural += child_natural + gap_before (self, i);
      if (orientation == GTK_ORIENTATION_HORIZONTAL && *minimum == 0 && is_offered (self, i))
        *minimum = child_natural + SPACING + width_of (self->overflow);
    }
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural;
  *natural = MAX (*natural, *minimum);
}

static gboolean
rebuild_menu (gpointer user_data)
{
  FlatlineToolbar *self = user_data;
  g_autoptr (GMenu) section = NULL;

  self->menu_source = 0;
  g_menu_remove_all (self->menu);
  for (guint i = self->n_shown; i < self->infos->len; i++)
    {
      const FlatlineActionInfo *info = self->infos->pdata[i];

      if (!is_offered (self, i))
        continue;
      if (!section || gap_before (self, i) == GROUP_SPACING)
        {
          g_clear_object (&section);
          section = g_menu_new ();
          g_menu_append_section (self->menu, NULL, G_MENU_MODEL (section));
        }
      g_menu_append (section, _ (info->label), info->action);
    }
  return G_SOURCE_REMOVE;
}

static void
show_words (GtkWidget *button, gboolean wordy)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (button), "flatline-optional-word");

  if (!label)
    return;
  gtk_widget_set_visible (label, wordy);
  if (wordy)
    gtk_widget_add_css_class (button, "image-text-button");
  else
    gtk_widget_remove_css_class (button, "image-text-button");
}

/* Not while the buttons are being placed. */
static gboolean
change_words (gpointer user_data)
{
  FlatlineToolbar *self = user_data;

  self->words_source = 0;
  self->wordy = gtk_widget_get_width (GTK_WIDGET (self)) >= self->wordy_width;
  for (guint i = 0; i < self->buttons->len; i++)
    show_words (self->buttons->pdata[i], self->wordy);
  return G_SOURCE_REMOVE;
}

static void
remember_widths (FlatlineToolbar *self)
{
  for (guint i = 0; self->wordy && i < self->buttons->len; i++)
    if (is_offered (self, i))
      self->word_widths[i] = width_of (self->buttons->pdata[i]);
}

/* By the room that all buttons would take, offered or not: those that stay do not change when others come and go. */
static void
choose_words (FlatlineToolbar *self, int width)
{
  remember_widths (self);
  self->wordy_width = 0;
  for (guint i = 0; i < self->buttons->len; i++)
    {
      if (self->word_widths[i] > 0)
        self->wordy_width +=
            self->word_widths[i]
            + (((const FlatlineActionInfo *)self->infos->pdata[i])->begins_group ? GROUP_SPACING : SPACING);
    }
  if (self->wordy != (width >= self->wordy_width) && !self->words_source)
    self->words_source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, change_words, self, NULL);
}

static guint
count_fitting (FlatlineToolbar *self, int width)
{
  int used = 0;

  for (guint i = 0; i < self->buttons->len; i++)
    {
      used += gap_before (self, i) + width_of (self->buttons->pdata[i]);
      if (used > width)
        return i;
    }
  return self->buttons->len;
}

static void
place (GtkWidget *child, int total_width, int x, int width, int height)
{
  if (gtk_widget_get_direction (child) == GTK_TEXT_DIR_RTL)
    x = total_width - x - width;
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, 0, width, height }, -1);
}

/* Where the group at the end begins when there is room for everything. */
static int
find_end_group (FlatlineToolbar *self, int width)
{
  int x = width;

  for (guint i = self->buttons->len; i-- > 0 && ((const FlatlineActionInfo *)self->infos->pdata[i])->at_end;)
    x -= width_of (self->buttons->pdata[i]) + gap_before (self, i);
  return x;
}

static void
flatline_toolbar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  FlatlineToolbar *self = FLATLINE_TOOLBAR (widget);
  int overflow_width = width_of (self->overflow);
  guint n_shown = count_fitting (self, width);
  gboolean all = n_shown == self->buttons->len;
  int end_x = find_end_group (self, width);
  int x = 0;

  choose_words (self, width);
  if (!all)
    n_shown = count_fitting (self, width - overflow_width - SPACING);
  for (guint i = 0; i < self->buttons->len; i++)
    {
      GtkWidget *button = self->buttons->pdata[i];
      const FlatlineActionInfo *info = self->infos->pdata[i];

      gtk_widget_set_child_visible (button, i < n_shown);
      if (i >= n_shown || !is_offered (self, i))
        continue;
      if (all && info->at_end)
        x = MAX (x, end_x);
      x += gap_before (self, i);
      place (button, width, x, width_of (button), height);
      x += width_of (button);
    }
  gtk_widget_set_child_visible (self->overflow, !all);
  if (!all)
    place (self->overflow, width, width - overflow_width, overflow_width, height);
  if (n_shown != self->n_shown)
    {
      self->n_shown = n_shown;
      if (!self->menu_source)
        self->menu_source = g_idle_add (rebuild_menu, self);
    }
}

static void
show_available (FlatlineToolbar *self)
{
  gboolean takes_away = (self->shown & ~self->available) != 0;

  if (self->shown == self->available
      || (takes_away && gtk_event_controller_motion_contains_pointer (GTK_EVENT_CONTROLLER_MOTION (self->pointer))))
    return;
  remember_widths (self);
  self->shown = self->available;
  for (guint i = 0; i < self->buttons->len; i++)
    gtk_widget_set_visible (self->buttons->pdata[i], is_offered (self, i));
  if (!self->menu_source)
    self->menu_source = g_idle_add (rebuild_menu, self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static GtkWidget *
create_button (const FlatlineActionInfo *info)
{
  GtkWidget *button = info->toggle ? gtk_toggle_button_new () : gtk_button_new ();
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new (_ (info->label));
  g_autofree char *tooltip = flatline_action_info_dup_tooltip (info);

  gtk_box_append (GTK_BOX (content), gtk_image_new_from_icon_name (info->icon));
  gtk_box_append (GTK_BOX (content), label);
  gtk_widget_set_halign (content, GTK_ALIGN_CENTER);
  gtk_button_set_child (GTK_BUTTON (button), content);
  gtk_widget_add_css_class (button, "image-text-button");
  if (!info->show_label)
    g_object_set_data (G_OBJECT (button), "flatline-optional-word", label);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_focus_on_click (button, FALSE);
  flatline_tooltip_set (button, tooltip);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), info->action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (info->label),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, tooltip, -1);
  return button;
}

static void
create_buttons (FlatlineToolbar *self)
{
  guint n_actions;
  const FlatlineActionInfo *list = flatline_action_list (&n_actions);

  for (guint i = 0; i < n_actions; i++)
    if (list[i].label)
      {
        GtkWidget *button = create_button (&list[i]);

        gtk_widget_insert_before (button, GTK_WIDGET (self), self->overflow);
        g_ptr_array_add (self->buttons, button);
        g_ptr_array_add (self->infos, (gpointer)&list[i]);
      }
  self->word_widths = g_new0 (int, self->buttons->len);
  self->n_shown = self->buttons->len;
}

void
flatline_toolbar_set_available (FlatlineToolbar *self, FlatlineNeeds available)
{
  g_return_if_fail (FLATLINE_IS_TOOLBAR (self));
  if (!self->word_widths)
    create_buttons (self);
  self->available = available;
  show_available (self);
}

static void
flatline_toolbar_dispose (GObject *object)
{
  FlatlineToolbar *self = FLATLINE_TOOLBAR (object);
  GtkWidget *child;

  g_clear_handle_id (&self->menu_source, g_source_remove);
  g_clear_handle_id (&self->words_source, g_source_remove);
  g_ptr_array_set_size (self->buttons, 0);
  g_ptr_array_set_size (self->infos, 0);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (flatline_toolbar_parent_class)->dispose (object);
}

static void
flatline_toolbar_finalize (GObject *object)
{
  FlatlineToolbar *self = FLATLINE_TOOLBAR (object);

  g_ptr_array_unref (self->buttons);
  g_ptr_array_unref (self->infos);
  g_free (self->word_widths);
  g_object_unref (self->menu);
  G_OBJECT_CLASS (flatline_toolbar_parent_class)->finalize (object);
}

static void
flatline_toolbar_class_init (FlatlineToolbarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_toolbar_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_toolbar_finalize;
  widget_class->measure = flatline_toolbar_measure;
  widget_class->size_allocate = flatline_toolbar_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "toolbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TOOLBAR);
}

static void
flatline_toolbar_init (FlatlineToolbar *self)
{
  self->buttons = g_ptr_array_new ();
  self->infos = g_ptr_array_new ();
  self->shown = self->available = FLATLINE_NEEDS_SESSION | FLATLINE_NEEDS_PROCESS | FLATLINE_NEEDS_SNAPSHOT;
  self->pointer = gtk_event_controller_motion_new ();
  g_signal_connect_swapped (self->pointer, "leave", G_CALLBACK (show_available), self);
  gtk_widget_add_controller (GTK_WIDGET (self), self->pointer);
  self->wordy = TRUE;
  self->menu = g_menu_new ();
  self->overflow = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->overflow), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->overflow), G_MENU_MODEL (self->menu));
  flatline_tooltip_set (self->overflow, _ ("More"));
  gtk_widget_add_css_class (self->overflow, "flat");
  gtk_widget_set_parent (self->overflow, GTK_WIDGET (self));
}
