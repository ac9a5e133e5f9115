/* SPDX-License-Identifier: MIT */
/*
 * Keeps the size of one side of a GtkPaned in the settings. A paned knows only its start child's size, and what the end
 * child gets is known after the first layout; so the size is set then, and kept when the paned goes out of sight.
 */
#include "config.h"

#include "flatline-paned-memory.h"

typedef struct
{
  GSettings *settings;
  char *key;
  GtkPackType edge;
  gboolean applied;
} Memory;

static void
memory_free (gpointer data)
{
  Memory *memory = data;

  g_object_unref (memory->settings);
  g_free (memory->key);
  g_free (memory);
}

static int
extent (GtkPaned *paned)
{
  return gtk_orientable_get_orientation (GTK_ORIENTABLE (paned)) == GTK_ORIENTATION_HORIZONTAL
             ? gtk_widget_get_width (GTK_WIDGET (paned))
             : gtk_widget_get_height (GTK_WIDGET (paned));
}

static gboolean
apply (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  GtkPaned *paned = GTK_PANED (widget);
  Memory *memory = user_data;
  int size = g_settings_get_int (memory->settings, memory->key);
  int whole = extent (paned);
  g_autoptr (GVariant) chosen = g_settings_get_user_value (memory->settings, memory->key);

  if (whole <= 1)
    return G_SOURCE_CONTINUE;
  /* On a large screen there is room for more, until a person says how much. */
  if (!chosen)
    size = MAX (size, whole * 16 / 100);
  /* In a small window no side takes more than its share. */
  size = MIN (size, whole * 29 / 100);
  gtk_paned_set_position (paned, memory->edge == GTK_PACK_START ? size : whole - size);
  memory->applied = TRUE;
  return G_SOURCE_REMOVE;
}

static void
on_map (GtkWidget *widget, Memory *memory)
{
  if (!memory->applied)
    gtk_widget_add_tick_callback (widget, apply, memory, NULL);
}

static void
on_unmap (GtkPaned *paned, Memory *memory)
{
  GtkWidget *child =
      memory->edge == GTK_PACK_START ? gtk_paned_get_start_child (paned) : gtk_paned_get_end_child (paned);
  int position = gtk_paned_get_position (paned);
  int size = memory->edge == GTK_PACK_START ? position : extent (paned) - position;

  if (memory->applied && child && gtk_widget_get_visible (child) && size > 20 && size != extent (paned)
      && size < extent (paned) * 2 / 5)
    g_settings_set_int (memory->settings, memory->key, size);
}

void
flatline_paned_remember (GtkPaned *paned, GSettings *settings, const char *key, GtkPackType edge)
{
  Memory *memory = g_new0 (Memory, 1);

  memory->settings = g_object_ref (settings);
  memory->key = g_strdup (key);
  memory->edge = edge;
  g_object_set_data_full (G_OBJECT (paned), "flatline-paned-memory", memory, memory_free);
  g_signal_connect (paned, "map", G_CALLBACK (on_map), memory);
  g_signal_connect (paned, "unmap", G_CALLBACK (on_unmap), memory);
}
