/* SPDX-License-Identifier: MIT */
/* One toast a session: that of its last freeze. The session knows it as long as it is there. */
#include "config.h"

#include "flatline-freeze-toast.h"

#include <glib/gi18n.h>

#include "flatline-toast.h"

#define TOAST "flatline-freeze-toast"

void
flatline_freeze_toast_dismiss (FlatlineSession *session)
{
  AdwToast *toast = g_object_get_data (G_OBJECT (session), TOAST);

  if (toast)
    adw_toast_dismiss (toast);
}

static void
on_dismissed (FlatlineSession *session)
{
  g_object_set_data (G_OBJECT (session), TOAST, NULL);
}

static void
on_state (FlatlineSession *session)
{
  if (flatline_session_get_state (session) != FLATLINE_SESSION_FROZEN)
    flatline_freeze_toast_dismiss (session);
}

void
flatline_freeze_toast_show (AdwToastOverlay *overlay, FlatlineFreeze *freeze, FlatlineSession *session)
{
  FlatlineRun *run = flatline_session_get_run (session);
  const gboolean crashed = g_strcmp0 (freeze->kind, "crash") == 0;
  /* Translators: headings of notifications: the name of a script */
  g_autofree char *line = g_strdup_printf (crashed ? _ ("%s crashed") : _ ("%s flatlined"),
                                           freeze->title ? freeze->title : _ ("The program"));
  AdwToast *toast = flatline_toast_new (line);

  flatline_freeze_toast_dismiss (session);
  adw_toast_set_button_label (toast, _ ("Show"));
  adw_toast_set_action_name (toast, "app.show-session");
  adw_toast_set_action_target (toast, "s", run && run->uid ? run->uid : "");
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  adw_toast_set_timeout (toast, 0);
  g_object_set_data_full (G_OBJECT (session), TOAST, g_object_ref (toast), g_object_unref);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (on_dismissed), session, G_CONNECT_SWAPPED);
  /* A crash is news until it is seen. */
  if (!crashed)
    g_signal_connect_object (session, "notify::state", G_CALLBACK (on_state), toast, 0);
  adw_toast_overlay_add_toast (overlay, toast);
}
