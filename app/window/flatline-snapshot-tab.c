/* SPDX-License-Identifier: MIT */
/* The view is made in one turn of the main loop, and gets its page in the next: each takes as long as a frame. */
#include "config.h"

#include "flatline-snapshot-tab.h"

#include <glib/gi18n.h>

#include "flatline-freeze-row.h"
#include "flatline-session-view.h"

typedef struct
{
  GWeakRef window;
  gint64 id;
  GtkWidget *view; /* owned, once it is made */
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_object (&opening->view);
  g_weak_ref_clear (&opening->window);
  g_free (opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* NULL: it was closed meanwhile. */
static FlatlineWindow *
dup_window (Opening *opening)
{
  g_autoptr (FlatlineWindow) window = g_weak_ref_get (&opening->window);

  return window && gtk_window_get_application (GTK_WINDOW (window)) ? g_steal_pointer (&window) : NULL;
}

GtkWidget *
flatline_snapshot_tab_new_view (FlatlineSnapshot *snapshot, FlatlineStore *store)
{
  g_autofree char *name = snapshot->program ? flatline_program_dup_title (snapshot->program) : NULL;
  g_autofree char *time = flatline_format_time (snapshot->captured_us);
  /* Translators: title of a tab: a script, and when its snapshot was taken */
  g_autofree char *title = g_strdup_printf (_ ("%s · %s"), name ? name : _ ("Snapshot"), time);

  return flatline_session_view_new_for_snapshot (snapshot, title, store);
}

static gboolean
show (gpointer user_data)
{
  Opening *opening = user_data;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autofree char *origin = g_strdup_printf ("freeze:%" G_GINT64_FORMAT, opening->id);

  if (window)
    flatline_window_add_view (window, opening->view, origin);
  return G_SOURCE_REMOVE;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  g_autoptr (FlatlineWindow) window = dup_window (opening);
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_store_load_snapshot_finish (FLATLINE_STORE (source), result, &error);

  if (window && !snapshot)
    flatline_window_say (window, error->message);
  if (!window || !snapshot)
    return;
  opening->view = g_object_ref_sink (flatline_snapshot_tab_new_view (snapshot, FLATLINE_STORE (source)));
  g_idle_add_full (G_PRIORITY_DEFAULT, show, g_steal_pointer (&opening), opening_free);
}

void
flatline_snapshot_tab_open (FlatlineWindow *window, FlatlineStore *store, gint64 id)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->id = id;
  g_weak_ref_init (&opening->window, window);
  flatline_store_load_snapshot_async (store, id, NULL, on_loaded, opening);
}
