/* SPDX-License-Identifier: MIT */
/* The deletion of a freeze, with second thoughts. */
#include "config.h"

#include "flatline-freeze-deletion.h"

#include "flatline-toast.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define UNDO_S 15 /* to have second thoughts in */

#define PENDING "flatline-freeze-deletion" /* of an overlay: whose toast is on it */

/* Waits for its toast to go. What is deleted meanwhile is added to it, so that one Undo brings all back: the toast of a
 * second deletion would come after the first, and be taken for it. */
typedef struct
{
  AdwToastOverlay *overlay; /* weak */
  AdwToast *toast;          /* owned */
  FlatlineStore *store;
  FlatlineHistoryLoader *loader;
  GPtrArray *freezes;
  gboolean undone;
} Deletion; /* counted */

static void
deletion_clear (gpointer data)
{
  Deletion *deletion = data;

  g_clear_weak_pointer (&deletion->overlay);
  g_object_unref (deletion->toast);
  g_object_unref (deletion->store);
  g_object_unref (deletion->loader);
  g_ptr_array_unref (deletion->freezes);
}

static void
deletion_release (Deletion *deletion)
{
  g_rc_box_release_full (deletion, deletion_clear);
}

static Deletion *
get_pending (GtkWidget *overlay)
{
  return overlay ? g_object_get_data (G_OBJECT (overlay), PENDING) : NULL;
}

static void
list_again (Deletion *deletion)
{
  for (guint i = 0; i < deletion->freezes->len; i++)
    flatline_history_loader_show (deletion->loader, ((FlatlineFreeze *)deletion->freezes->pdata[i])->id);
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
  deletion_release (deletion);
}

static void
delete_all (Deletion *deletion)
{
  for (guint i = 0; i < deletion->freezes->len; i++)
    flatline_store_delete_freeze_async (deletion->store, ((FlatlineFreeze *)deletion->freezes->pdata[i])->id, NULL,
                                        on_deleted, g_rc_box_acquire (deletion));
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
  if (deletion->overlay && get_pending (GTK_WIDGET (deletion->overlay)) == deletion)
    g_object_set_data (G_OBJECT (deletion->overlay), PENDING, NULL);
  if (!deletion->undone)
    delete_all (deletion);
  deletion_release (deletion);
}

/* With what the one whose toast is there waits for, which waits no more. */
static GPtrArray *
take_pending (GtkWidget *overlay, FlatlineHistoryLoader *loader)
{
  Deletion *pending = get_pending (overlay);
  GPtrArray *freezes = g_ptr_array_new_with_free_func (g_object_unref);

  if (!pending || pending->loader != loader)
    return freezes;
  g_ptr_array_extend_and_steal (freezes, g_steal_pointer (&pending->freezes));
  pending->freezes = g_ptr_array_new_with_free_func (g_object_unref);
  adw_toast_dismiss (pending->toast);
  return freezes;
}

static AdwToast *
create_toast (Deletion *deletion)
{
  const guint n_freezes = deletion->freezes->len;
  g_autofree char *line = g_strdup_printf (ngettext ("%u freeze deleted", "%u freezes deleted", n_freezes), n_freezes);
  AdwToast *toast = flatline_toast_new (n_freezes == 1 ? _ ("Freeze deleted") : line);

  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_signal_connect (toast, "button-clicked", G_CALLBACK (on_undo), deletion);
  g_signal_connect (toast, "dismissed", G_CALLBACK (on_toast_dismissed), deletion);
  return toast;
}

void
flatline_freeze_deletion_begin (
    GtkWidget *widget, FlatlineStore *store, FlatlineHistoryLoader *loader, GListStore *items, FlatlineFreeze *freeze)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
  Deletion *deletion = g_rc_box_new0 (Deletion);
  guint position;

  deletion->store = g_object_ref (store);
  deletion->loader = g_object_ref (loader);
  deletion->freezes = take_pending (overlay, loader);
  g_ptr_array_add (deletion->freezes, g_object_ref (freeze));
  deletion->toast = create_toast (deletion);
  flatline_history_loader_hide (loader, freeze->id);
  if (g_list_store_find (items, freeze, &position))
    g_list_store_remove (items, position);
  if (!overlay)
    {
      delete_all (deletion);
      deletion_release (deletion);
      return;
    }
  g_set_weak_pointer (&deletion->overlay, ADW_TOAST_OVERLAY (overlay));
  g_object_set_data (G_OBJECT (overlay), PENDING, deletion);
  adw_toast_overlay_add_toast (deletion->overlay, g_object_ref (deletion->toast));
}

void
flatline_freeze_deletion_undo (GtkWidget *widget, FlatlineHistoryLoader *loader)
{
  Deletion *pending = get_pending (gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY));

  if (!pending || pending->loader != loader)
    return;
  on_undo (pending->toast, pending);
  adw_toast_dismiss (pending->toast);
}
