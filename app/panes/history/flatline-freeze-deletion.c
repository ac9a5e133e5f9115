/* SPDX-License-Identifier: MIT */
/* The deletion of a freeze, with second thoughts. */
#include "config.h"

#include "flatline-freeze-deletion.h"

#include "flatline-toast.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define UNDO_S 15 /* to have second thoughts in */

/* Waits for its toast to go. */
typedef struct
{
  AdwToastOverlay *overlay; /* weak */
  FlatlineStore *store;
  FlatlineHistoryLoader *loader;
  FlatlineFreeze *freeze;
  gboolean undone;
} Deletion;

static void
deletion_free (Deletion *deletion)
{
  g_clear_weak_pointer (&deletion->overlay);
  g_object_unref (deletion->store);
  g_object_unref (deletion->loader);
  g_object_unref (deletion->freeze);
  g_free (deletion);
}

static void
list_again (Deletion *deletion)
{
  flatline_history_loader_show (deletion->loader, deletion->freeze->id);
  flatline_history_loader_reload (deletion->loader);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Deletion *deletion = user_data;
  g_autoptr (GError) error = NULL;

  if (!flatline_store_delete_freeze_finish (FLATLINE_STORE (source), result, &error))
    {
      if (deletion->overlay)
        adw_toast_overlay_add_toast (deletion->overlay, flatline_toast_new (error->message));
      list_again (deletion);
    }
  deletion_free (deletion);
}

static void
on_undo (AdwToast *toast, Deletion *deletion)
{
  deletion->undone = TRUE;
  list_again (deletion);
}

static void
on_toast_dismissed (AdwToast *toast, Deletion *deletion)
{
  if (deletion->undone)
    deletion_free (deletion);
  else
    flatline_store_delete_freeze_async (deletion->store, deletion->freeze->id, NULL, on_deleted, deletion);
}

void
flatline_freeze_deletion_begin (
    GtkWidget *widget, FlatlineStore *store, FlatlineHistoryLoader *loader, GListStore *items, FlatlineFreeze *freeze)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
  Deletion *deletion = g_new0 (Deletion, 1);
  AdwToast *toast = adw_toast_new (_ ("Freeze deleted"));
  guint position;

  deletion->store = g_object_ref (store);
  deletion->loader = g_object_ref (loader);
  deletion->freeze = g_object_ref (freeze);
  flatline_history_loader_hide (loader, freeze->id);
  if (g_list_store_find (items, freeze, &position))
    g_list_store_remove (items, position);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_signal_connect (toast, "button-clicked", G_CALLBACK (on_undo), deletion);
  g_signal_connect (toast, "dismissed", G_CALLBACK (on_toast_dismissed), deletion);
  if (overlay)
    {
      g_set_weak_pointer (&deletion->overlay, ADW_TOAST_OVERLAY (overlay));
      adw_toast_overlay_add_toast (deletion->overlay, toast);
      return;
    }
  g_object_unref (g_object_ref_sink (toast));
  flatline_store_delete_freeze_async (store, freeze->id, NULL, on_deleted, deletion);
}
