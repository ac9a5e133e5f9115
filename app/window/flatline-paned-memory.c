/* SPDX-License-Identifier: MIT */
/*
 * Keeps the size of one side of a GtkPaned in the settings. A paned knows only its start child's size, and what the end
 * child gets is known after the first layout; so the size is set then, and again when the window came to another size,
 * and kept when the paned goes out of sight, if a person moved it: what a small window made of it is nobody's wish.
 */
#include "config.h"

#include "flatline-paned-memory.h"

/* Pixels around the handle where GTK lets it be taken, and a few more. */
#define HANDLE_REACH 8

/* So long a window has to keep its size for the sides to get theirs: not at each step of a resize. */
#define SETTLE_MS 150

typedef struct
{
  GSettings *settings;
  char *key;
  GtkPackType edge;
  GtkPaned *whole; /* borrowed: of which the side has its share; the paned itself, or one around it */
  int share;       /* percent of it that the side may take in a small window */
  int compact;     /* what it takes of a paned that is smaller than the next, unless a person said how much; 0: none */
  int compact_below;
  gboolean applied;
  guint settle_source;
  gboolean placing; /* by us, and no person */
  int held;         /* extent of the paned when the pointer took the handle, 0 else */
  gboolean moved;
} Memory;

static void
memory_free (gpointer data)
{
  Memory *memory = data;

  g_clear_handle_id (&memory->settle_source, g_source_remove);
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

/* What the side needs; the paned lets it have less where what is beside it, which does not shrink, needs the rest. */
static int
least (GtkPaned *paned, Memory *memory)
{
  const GtkOrientation orientation = gtk_orientable_get_orientation (GTK_ORIENTABLE (paned));
  const gboolean at_end = memory->edge == GTK_PACK_END;
  GtkWidget *side = at_end ? gtk_paned_get_end_child (paned) : gtk_paned_get_start_child (paned);
  int minimum = 0;

  if (side && !(at_end ? gtk_paned_get_shrink_start_child (paned) : gtk_paned_get_shrink_end_child (paned)))
    gtk_widget_measure (side, orientation, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
place_handle (GtkPaned *paned, Memory *memory)
{
  int size = g_settings_get_int (memory->settings, memory->key);
  int whole = extent (paned);
  int shared = extent (memory->whole);
  g_autoptr (GVariant) chosen = g_settings_get_user_value (memory->settings, memory->key);

  /* On a large screen there is room for more, until a person says how much. */
  if (!chosen && whole < memory->compact_below)
    size = memory->compact;
  else if (!chosen)
    size = MAX (size, whole * 16 / 100);
  /* In a small window no side takes more than its share, or than what it cannot do without. */
  size = MAX (MIN (size, shared * memory->share / 100), least (paned, memory));
  memory->placing = TRUE;
  gtk_paned_set_position (paned, memory->edge == GTK_PACK_START ? size : whole - size);
  memory->placing = FALSE;
}

static gboolean
apply (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Memory *memory = user_data;

  if (extent (GTK_PANED (widget)) <= 1)
    return G_SOURCE_CONTINUE;
  place_handle (GTK_PANED (widget), memory);
  memory->applied = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
settle (gpointer user_data)
{
  GtkPaned *paned = user_data;
  Memory *memory = g_object_get_data (G_OBJECT (paned), "flatline-paned-memory");

  memory->settle_source = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (paned)) && !memory->moved)
    place_handle (paned, memory);
  return G_SOURCE_REMOVE;
}

/* GTK lets the place of the handle end where the paned does. */
static void
on_resized (GtkPaned *paned, GParamSpec *pspec, Memory *memory)
{
  g_clear_handle_id (&memory->settle_source, g_source_remove);
  if (memory->applied && !memory->moved)
    memory->settle_source = g_timeout_add (SETTLE_MS, settle, paned);
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

  if (memory->moved && child && gtk_widget_get_visible (child) && size > 20 && size != extent (paned)
      && size < extent (paned) * MAX (memory->share, 40) / 100)
    g_settings_set_int (memory->settings, memory->key, size);
}

static void
on_moved (GtkPaned *paned, GParamSpec *pspec, Memory *memory)
{
  memory->moved |= !memory->placing && memory->held && memory->held == extent (paned);
}

static gboolean
on_key_moved (GtkPaned *paned, GtkScrollType scroll, Memory *memory)
{
  memory->moved = TRUE;
  return FALSE;
}

/* The handle is a child of its own that GTK makes, and takes what is pressed beside it too. */
static gboolean
is_at_handle (GtkWidget *paned, double x, double y)
{
  graphene_rect_t area;

  for (GtkWidget *child = gtk_widget_get_first_child (paned); child; child = gtk_widget_get_next_sibling (child))
    if (g_str_equal (gtk_widget_get_css_name (child), "separator") && gtk_widget_compute_bounds (child, paned, &area))
      return graphene_rect_contains_point (graphene_rect_inset (&area, -HANDLE_REACH, -HANDLE_REACH),
                                           &GRAPHENE_POINT_INIT (x, y));
  return FALSE;
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, Memory *memory)
{
  GtkWidget *paned = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));

  memory->held = is_at_handle (paned, x, y) ? extent (GTK_PANED (paned)) : 0;
}

static void
add_ears (GtkPaned *paned, Memory *memory)
{
  GtkGesture *gesture = gtk_gesture_click_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (gesture), GTK_PHASE_CAPTURE);
  g_signal_connect (gesture, "pressed", G_CALLBACK (on_pressed), memory);
  gtk_widget_add_controller (GTK_WIDGET (paned), GTK_EVENT_CONTROLLER (gesture));
  g_signal_connect (paned, "notify::position", G_CALLBACK (on_moved), memory);
  g_signal_connect (paned, "move-handle", G_CALLBACK (on_key_moved), memory);
}

void
flatline_paned_remember (GtkPaned *paned, GSettings *settings, const char *key, GtkPackType edge, int share)
{
  Memory *memory = g_new0 (Memory, 1);

  memory->settings = g_object_ref (settings);
  memory->key = g_strdup (key);
  memory->edge = edge;
  memory->whole = paned;
  memory->share = share;
  g_object_set_data_full (G_OBJECT (paned), "flatline-paned-memory", memory, memory_free);
  g_signal_connect (paned, "map", G_CALLBACK (on_map), memory);
  g_signal_connect (paned, "unmap", G_CALLBACK (on_unmap), memory);
  g_signal_connect (paned, "notify::max-position", G_CALLBACK (on_resized), memory);
  add_ears (paned, memory);
}

void
flatline_paned_share_of (GtkPaned *paned, GtkPaned *whole)
{
  Memory *memory = g_object_get_data (G_OBJECT (paned), "flatline-paned-memory");

  g_return_if_fail (memory);
  memory->whole = whole;
}

void
flatline_paned_make_compact (GtkPaned *paned, int size, int below)
{
  Memory *memory = g_object_get_data (G_OBJECT (paned), "flatline-paned-memory");

  g_return_if_fail (memory);
  if (memory->compact == size && memory->compact_below == below)
    return;
  memory->compact = size;
  memory->compact_below = below;
  if (memory->applied && !memory->moved)
    gtk_widget_add_tick_callback (GTK_WIDGET (paned), apply, memory, NULL);
}
