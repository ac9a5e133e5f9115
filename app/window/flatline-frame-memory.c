/* SPDX-License-Identifier: MIT */
/*
 * Cairo (1.16, 1.18) has its shared memory in pools, which it lets go when nothing is in them. A new one has eight
 * times the room of the picture it is made for, rounded up to a power of two, and what is asked for first is found
 * first: a small picture that stays keeps the pool, and the next frames have the pages of those before.
 */
#include "config.h"

#include "flatline-frame-memory.h"

#ifdef GDK_WINDOWING_X11
#include <cairo-xlib.h>
#include <gdk/x11/gdkx.h>
#endif

#if defined GDK_WINDOWING_X11 && defined CAIRO_HAS_XLIB_SURFACE

#define MEMORY "flatline-frame-memory"

/* A picture of its own half a megabyte finds no room in the pools of small ones. */
#define KEEPER_WIDTH  512
#define KEEPER_HEIGHT 264

typedef struct
{
  GtkWindow *window; /* borrowed: it has this */
  GdkSurface *surface;
  cairo_surface_t *keeper;
  gsize bytes;       /* of the largest picture that there is room for */
  guint keep_source; /* 0: nothing is to be done */
} Memory;

static cairo_surface_t *
create_shared_picture (GdkDisplay *display, int width, int height)
{
  Display *xdisplay = gdk_x11_display_get_xdisplay (display);
  cairo_surface_t *root = cairo_xlib_surface_create (xdisplay, DefaultRootWindow (xdisplay),
                                                     DefaultVisual (xdisplay, DefaultScreen (xdisplay)), 1, 1);
  cairo_surface_t *picture = cairo_surface_create_similar_image (root, CAIRO_FORMAT_ARGB32, width, height);

  cairo_surface_destroy (root);
  return picture;
}

static gsize
round_up (gsize bytes)
{
  gsize rounded = 1;

  while (rounded <= bytes)
    rounded <<= 1;
  return rounded;
}

static gboolean
keep (gpointer user_data)
{
  Memory *memory = user_data;
  GdkDisplay *display = gdk_surface_get_display (memory->surface);
  const int scale = gdk_surface_get_scale_factor (memory->surface);
  const int width = gdk_surface_get_width (memory->surface) * scale;
  const int height = gdk_surface_get_height (memory->surface) * scale;
  const gsize bytes = (gsize)width * height * 4;
  cairo_surface_t *frame;

  memory->keep_source = 0;
  if (bytes < memory->bytes || !GSK_IS_CAIRO_RENDERER (gtk_native_get_renderer (GTK_NATIVE (memory->window))))
    return G_SOURCE_REMOVE;
  g_clear_pointer (&memory->keeper, cairo_surface_destroy);
  frame = create_shared_picture (display, width, height);
  memory->keeper = create_shared_picture (display, KEEPER_WIDTH, KEEPER_HEIGHT);
  memory->bytes = round_up (bytes);
  cairo_surface_destroy (frame);
  return G_SOURCE_REMOVE;
}

static void
queue_keep (Memory *memory)
{
  if (!memory->keep_source)
    memory->keep_source = g_idle_add_full (G_PRIORITY_LOW, keep, memory, NULL);
}

static void
memory_free (gpointer data)
{
  Memory *memory = data;

  g_clear_handle_id (&memory->keep_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (memory->surface, memory);
  g_clear_pointer (&memory->keeper, cairo_surface_destroy);
  g_free (memory);
}

static void
on_realize (GtkWindow *window)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  Memory *memory;

  if (!GDK_IS_X11_SURFACE (surface))
    return;
  memory = g_new0 (Memory, 1);
  memory->window = window;
  memory->surface = surface;
  g_object_set_data_full (G_OBJECT (window), MEMORY, memory, memory_free);
  g_signal_connect_swapped (surface, "layout", G_CALLBACK (queue_keep), memory);
}

static void
on_unrealize (GtkWindow *window)
{
  g_object_set_data (G_OBJECT (window), MEMORY, NULL);
}

void
flatline_frame_memory_keep (GtkWindow *window)
{
  g_signal_connect (window, "realize", G_CALLBACK (on_realize), NULL);
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), NULL);
}

#else

void
flatline_frame_memory_keep (GtkWindow *window)
{
}

#endif
