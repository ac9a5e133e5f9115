/* SPDX-License-Identifier: MIT */
/*
 * FlatlineTerminal: a VteTerminal in the colours of the desktop. VTE does not tell when its grid changes, and the
 * program's pseudo-terminal must know: size_allocate says it here.
 */
#include "config.h"

#include "flatline-terminal.h"

#include "flatline-context-menu.h"
#include "flatline-feed-queue.h"
#include "flatline-text-zoom.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#define KEPT_LINES 20000

struct _FlatlineTerminal
{
  VteTerminal parent_instance;
  FlatlineContextMenu *menu;
  FlatlineFeedQueue *queue;
  GSimpleActionGroup *actions;
  int columns;
  int rows;
  char last;
};

enum
{
  SIZE_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineTerminal, flatline_terminal, VTE_TYPE_TERMINAL)

static void
update_colors (FlatlineTerminal *self)
{
  /* Black, red, green, yellow, blue, magenta, cyan, white, then the same brighter: readable on both grounds. */
  static const char *const light[] = { "#1e1e1e", "#c01c28", "#1b7a43", "#8f5e00", "#1c62b8", "#813d9c",
                                       "#0e6f85", "#9a9996", "#5e5c64", "#e01b24", "#26a269", "#ae7b03",
                                       "#3584e4", "#a347ba", "#2190a4", "#deddda" };
  static const char *const dark[] = { "#3d3846", "#f66151", "#57e389", "#e5c07b", "#78aeed", "#dc8add",
                                      "#5bc8d8", "#c0bfbc", "#9a9996", "#ff7b63", "#8ff0a4", "#f8e45c",
                                      "#99c1f1", "#e4a9e6", "#93ddec", "#ffffff" };
  gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GdkRGBA palette[16], foreground, background;

  for (guint i = 0; i < G_N_ELEMENTS (palette); i++)
    gdk_rgba_parse (&palette[i], is_dark ? dark[i] : light[i]);
  gdk_rgba_parse (&foreground, is_dark ? "#deddda" : "#241f31");
  gdk_rgba_parse (&background, is_dark ? "#1e1e1e" : "#ffffff");
  vte_terminal_set_colors (VTE_TERMINAL (self), &foreground, &background, palette, G_N_ELEMENTS (palette));
}

/*
 * In a language that no font of fixed width can write, such as Hebrew, "monospace" is a font that can, of any width,
 * and its letters would stand apart. So the family is the one that Latin has; letters it lacks come from other fonts.
 * Its size stays the desktop's.
 */
static void
set_fixed_family (FlatlineTerminal *self)
{
  PangoContext *context = gtk_widget_create_pango_context (GTK_WIDGET (self));
  PangoFontDescription *wanted = pango_font_description_from_string ("monospace");
  PangoFont *font;

  pango_context_set_language (context, pango_language_from_string ("en"));
  font = pango_context_load_font (context, wanted);
  pango_font_description_free (wanted);
  if (font)
    {
      PangoFontDescription *found = pango_font_describe (font);

      pango_font_description_unset_fields (found, ~PANGO_FONT_MASK_FAMILY);
      vte_terminal_set_font (VTE_TERMINAL (self), found);
      pango_font_description_free (found);
      g_object_unref (font);
    }
  g_object_unref (context);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  VteTerminal *terminal = user_data;
  const char *name = g_action_get_name (G_ACTION (action));

  if (g_str_equal (name, "copy"))
    vte_terminal_copy_clipboard_format (terminal, VTE_FORMAT_TEXT);
  else if (g_str_equal (name, "paste"))
    vte_terminal_paste_clipboard (terminal);
  else if (g_str_equal (name, "select-all"))
    vte_terminal_select_all (terminal);
  else
    flatline_terminal_clear (FLATLINE_TERMINAL (terminal));
}

static const GActionEntry action_entries[] = {
  { .name = "copy", .activate = on_action },
  { .name = "paste", .activate = on_action },
  { .name = "select-all", .activate = on_action },
  { .name = "clear", .activate = on_action },
};

static void
set_enabled (FlatlineTerminal *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
on_selection_changed (FlatlineTerminal *self)
{
  set_enabled (self, "copy", vte_terminal_get_has_selection (VTE_TERMINAL (self)));
}

static void
on_input_enabled (FlatlineTerminal *self)
{
  set_enabled (self, "paste", vte_terminal_get_input_enabled (VTE_TERMINAL (self)));
}

static void
on_secondary_pressed (FlatlineTerminal *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  flatline_context_menu_open (self->menu, GTK_WIDGET (self), x, y);
}

/* As from any other pane. The program would get the key, as it gets Tab, and nobody without a mouse would find out. */
static gboolean
leave (GtkWidget *widget, GVariant *arguments, gpointer backwards)
{
  GtkWidget *paned = gtk_widget_get_ancestor (widget, GTK_TYPE_PANED);
  gboolean left = FALSE;

  if (paned)
    g_signal_emit_by_name (paned, "cycle-child-focus", GPOINTER_TO_INT (backwards), &left);
  return left;
}

static void
add_way_out (FlatlineTerminal *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  for (int backwards = 0; backwards < 2; backwards++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (controller),
        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_F6, backwards ? GDK_SHIFT_MASK : 0),
                          gtk_callback_action_new (leave, GINT_TO_POINTER (backwards), NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static GMenuModel *
create_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();

  g_menu_append (menu, _ ("_Copy"), "terminal.copy");
  g_menu_append (menu, _ ("_Paste"), "terminal.paste");
  g_menu_append (menu, _ ("Select _All"), "terminal.select-all");
  g_menu_append (last, _ ("C_lear"), "terminal.clear");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}

void
flatline_terminal_feed_text (FlatlineTerminal *self, const char *text, gsize length)
{
  gsize start = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\n' && self->last != '\r')
        {
          flatline_feed_queue_add (self->queue, text + start, i - start);
          flatline_feed_queue_add (self->queue, "\r", 1);
          start = i;
        }
      self->last = text[i];
    }
  if (length > start)
    flatline_feed_queue_add (self->queue, text + start, length - start);
}

void
flatline_terminal_feed_codes (FlatlineTerminal *self, const char *codes)
{
  flatline_feed_queue_add (self->queue, codes, strlen (codes));
}

void
flatline_terminal_clear (FlatlineTerminal *self)
{
  flatline_feed_queue_clear (self->queue);
  vte_terminal_reset (VTE_TERMINAL (self), TRUE, TRUE);
}

gboolean
flatline_terminal_is_amid_line (FlatlineTerminal *self)
{
  return self->last != '\0' && self->last != '\n';
}

static void
flatline_terminal_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  FlatlineTerminal *self = FLATLINE_TERMINAL (widget);
  int columns, rows;

  GTK_WIDGET_CLASS (flatline_terminal_parent_class)->size_allocate (widget, width, height, baseline);
  flatline_context_menu_present (self->menu);
  columns = vte_terminal_get_column_count (VTE_TERMINAL (self));
  rows = vte_terminal_get_row_count (VTE_TERMINAL (self));
  if (columns == self->columns && rows == self->rows)
    return;
  self->columns = columns;
  self->rows = rows;
  g_signal_emit (self, signals[SIZE_CHANGED], 0, columns, rows);
}

static void
feed (gpointer user_data, const char *text, gsize length)
{
  vte_terminal_feed (user_data, text, length);
}

static void
flatline_terminal_finalize (GObject *object)
{
  flatline_feed_queue_free (FLATLINE_TERMINAL (object)->queue);
  G_OBJECT_CLASS (flatline_terminal_parent_class)->finalize (object);
}

static void
flatline_terminal_dispose (GObject *object)
{
  FlatlineTerminal *self = FLATLINE_TERMINAL (object);

  g_clear_object (&self->menu);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (flatline_terminal_parent_class)->dispose (object);
}

static void
flatline_terminal_class_init (FlatlineTerminalClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_terminal_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_terminal_finalize;
  GTK_WIDGET_CLASS (klass)->size_allocate = flatline_terminal_size_allocate;
  signals[SIZE_CHANGED] = g_signal_new ("size-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
}

static void
flatline_terminal_init (FlatlineTerminal *self)
{
  VteTerminal *terminal = VTE_TERMINAL (self);
  g_autoptr (GMenuModel) menu = create_menu ();
  GtkGesture *gesture = gtk_gesture_click_new ();

  self->queue = flatline_feed_queue_new (feed, self, KEPT_LINES);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "terminal", G_ACTION_GROUP (self->actions));
  self->menu = flatline_context_menu_new (GTK_WIDGET (self), menu);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (gesture, "pressed", G_CALLBACK (on_secondary_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (gesture));
  flatline_context_menu_add_keys (self->menu, GTK_WIDGET (self));
  add_way_out (self);

  vte_terminal_set_scrollback_lines (terminal, KEPT_LINES);
  vte_terminal_set_mouse_autohide (terminal, TRUE);
  vte_terminal_set_scroll_on_keystroke (terminal, TRUE);
  vte_terminal_set_scroll_on_output (terminal, FALSE);
  vte_terminal_set_audible_bell (terminal, FALSE);
  set_fixed_family (self);
  flatline_text_zoom_follow (terminal);
  g_signal_connect (self, "selection-changed", G_CALLBACK (on_selection_changed), NULL);
  g_signal_connect (self, "notify::input-enabled", G_CALLBACK (on_input_enabled), NULL);
  on_selection_changed (self);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_colors), self,
                           G_CONNECT_SWAPPED);
  update_colors (self);
}
