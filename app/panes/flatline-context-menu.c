/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-context-menu.h"

#define INDENT 24

struct _FlatlineContextMenu
{
  GObject parent_instance;
  GtkWidget *owner;
  GMenuModel *model;
  GtkWidget *popover;
};

enum
{
  OPENING,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineContextMenu, flatline_context_menu, G_TYPE_OBJECT)

static void
open_at (FlatlineContextMenu *self, const GdkRectangle *place)
{
  if (!self->popover)
    {
      self->popover = gtk_popover_menu_new_from_model (self->model);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
      gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
      gtk_widget_set_parent (self->popover, self->owner);
    }
  g_signal_emit (self, signals[OPENING], 0);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), place);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

void
flatline_context_menu_open (FlatlineContextMenu *self, GtkWidget *widget, double x, double y)
{
  gtk_widget_translate_coordinates (widget, self->owner, x, y, &x, &y);
  open_at (self, &(GdkRectangle){ (int)x, (int)y, 1, 1 });
}

static gboolean
open_by_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  FlatlineContextMenu *self = user_data;
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  GdkRectangle place = { INDENT, INDENT, 1, 1 };
  graphene_rect_t bounds;

  /* A row, but not the whole list: its menu would be far away. */
  if (focus && focus != widget && gtk_widget_is_ancestor (focus, widget)
      && gtk_widget_compute_bounds (focus, self->owner, &bounds))
    {
      gboolean right_to_left = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;

      place.x = (int)(right_to_left ? bounds.origin.x + bounds.size.width - INDENT : bounds.origin.x + INDENT);
      place.y = (int)bounds.origin.y;
      place.height = (int)bounds.size.height;
    }
  open_at (self, &place);
  return TRUE;
}

void
flatline_context_menu_add_keys (FlatlineContextMenu *self, GtkWidget *widget)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  static const struct
  {
    guint key;
    GdkModifierType modifiers;
  } triggers[] = { { GDK_KEY_F10, GDK_SHIFT_MASK }, { GDK_KEY_Menu, 0 } };

  /* Before a terminal sends them to its program. */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  for (gsize i = 0; i < G_N_ELEMENTS (triggers); i++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (keys),
        gtk_shortcut_new (gtk_keyval_trigger_new (triggers[i].key, triggers[i].modifiers),
                          gtk_callback_action_new (open_by_key, self, NULL)));
  gtk_widget_add_controller (widget, keys);
}

void
flatline_context_menu_present (FlatlineContextMenu *self)
{
  if (self->popover)
    gtk_popover_present (GTK_POPOVER (self->popover));
}

static void
flatline_context_menu_finalize (GObject *object)
{
  FlatlineContextMenu *self = FLATLINE_CONTEXT_MENU (object);

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_object_unref (self->model);
  G_OBJECT_CLASS (flatline_context_menu_parent_class)->finalize (object);
}

static void
flatline_context_menu_class_init (FlatlineContextMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_context_menu_finalize;
  signals[OPENING] =
      g_signal_new ("opening", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_context_menu_init (FlatlineContextMenu *self)
{
}

FlatlineContextMenu *
flatline_context_menu_new (GtkWidget *owner, GMenuModel *model)
{
  FlatlineContextMenu *self = g_object_new (FLATLINE_TYPE_CONTEXT_MENU, NULL);

  self->owner = owner;
  self->model = g_object_ref (model);
  return self;
}
