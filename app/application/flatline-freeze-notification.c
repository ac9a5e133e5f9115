/* SPDX-License-Identifier: MIT */
/* One notification a run: a later freeze of the same run, or its crash, takes the place of the earlier one. */
#include "config.h"

#include "flatline-freeze-notification.h"

#include <glib/gi18n.h>

#include "flatline-banner-words.h"
#include "flatline-shown-text.h"

/*
 * GLib withdraws only what the desktop has answered for: a notification that is sent and withdrawn at once, since the
 * program answers again, would stay for ever.
 */
#define WITHDRAW_MS 1000

static const char *
get_run_uid (FlatlineSession *session)
{
  FlatlineRun *run = flatline_session_get_run (session);

  return run && run->uid ? run->uid : "";
}

void
flatline_freeze_notification_send (GApplication *application, FlatlineFreeze *freeze, FlatlineSession *session)
{
  const char *uid = get_run_uid (session);
  const gboolean crashed = g_strcmp0 (freeze->kind, "crash") == 0;
  g_autofree char *title = flatline_shown_text_dup (freeze->title ? freeze->title : _ ("The program"));
  /* Translators: headings of notifications: the name of a script */
  g_autofree char *heading = g_strdup_printf (crashed ? _ ("%s crashed") : _ ("%s flatlined"), title);
  g_autofree char *when =
      flatline_banner_words_format_freeze (freeze->time_us, freeze->last_reason, freeze->last_caller);
  g_autofree char *words =
      freeze->summary && *freeze->summary ? g_strdup_printf ("%s\n%s", freeze->summary, when) : g_strdup (when);
  g_autofree char *body = flatline_shown_text_dup (words);
  g_autoptr (GNotification) notification = g_notification_new (heading);

  /* No session bus, nobody to tell; nor is there once the application ends, while its programs do. */
  if (!g_application_get_is_registered (application) || !g_application_get_dbus_connection (application))
    return;
  g_notification_set_body (notification, body);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action_and_target (notification, "app.show-session", "s", uid);
  g_notification_add_button_with_target (notification, _ ("Show"), "app.show-session", "s", uid);
  g_notification_add_button_with_target (notification, _ ("Restart"), "app.restart-session", "s", uid);
  if (!crashed)
    g_notification_add_button_with_target (notification, _ ("Force Kill"), "app.kill-session", "s", uid);
  g_application_send_notification (application, uid, notification);
}

typedef struct
{
  GApplication *application; /* owned, as is the session */
  FlatlineSession *session;
  char *uid;
} Withdrawal;

static void
withdrawal_free (gpointer data)
{
  Withdrawal *withdrawal = data;

  g_object_unref (withdrawal->application);
  g_object_unref (withdrawal->session);
  g_free (withdrawal->uid);
  g_free (withdrawal);
}

static gboolean
withdraw_now (gpointer user_data)
{
  Withdrawal *withdrawal = user_data;

  if (g_application_get_is_registered (withdrawal->application)
      && flatline_session_get_state (withdrawal->session) != FLATLINE_SESSION_FROZEN)
    g_application_withdraw_notification (withdrawal->application, withdrawal->uid);
  return G_SOURCE_REMOVE;
}

void
flatline_freeze_notification_withdraw (GApplication *application, FlatlineSession *session)
{
  Withdrawal *withdrawal = g_new0 (Withdrawal, 1);

  withdrawal->application = g_object_ref (application);
  withdrawal->session = g_object_ref (session);
  withdrawal->uid = g_strdup (get_run_uid (session));
  g_timeout_add_full (G_PRIORITY_DEFAULT, WITHDRAW_MS, withdraw_now, withdrawal, withdrawal_free);
}
