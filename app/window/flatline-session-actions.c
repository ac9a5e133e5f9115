/* SPDX-License-Identifier: MIT */
/*
 * The action group "session" of one tab. Each verb is one call to the session, or brings a pane to the front; whether
 * it is enabled is bound to the session's own properties. A stored snapshot has only the verbs that need no program.
 */
#include "config.h"

#include "flatline-session-actions.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "flatline-export.h"
#include "flatline-status-dialog.h"

static void
on_captured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GWeakRef *to_view = user_data;
  g_autoptr (FlatlineSessionView) view = g_weak_ref_get (to_view);
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_session_capture_finish (FLATLINE_SESSION (source), result, &error);

  if (view)
    flatline_session_view_set_reading (view, FALSE);
  if (view && snapshot)
    g_object_set (view, "snapshot", snapshot, NULL);
  else if (view)
    flatline_session_view_say (view, error->message);
  g_weak_ref_clear (to_view);
  g_free (to_view);
}

/* The keys that follow are for the pane, even while what it is to show is being read. */
static void
start_capture (FlatlineSessionView *view, FlatlinePane pane)
{
  FlatlineExamination *examination = flatline_session_view_get_examination (view);
  GWeakRef *to_view;

  flatline_session_view_show_pane (view, pane);
  if (examination)
    {
      flatline_examination_look (examination);
      return;
    }
  to_view = g_new0 (GWeakRef, 1);
  g_weak_ref_init (to_view, view);
  flatline_session_view_set_reading (view, TRUE);
  flatline_session_capture_async (flatline_session_view_get_session (view), "manual", FALSE, NULL, NULL, on_captured,
                                  to_view);
}

static void
restart (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_restart (flatline_session_view_get_session (user_data));
}

static void
close_program (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_close (flatline_session_view_get_session (user_data));
}

/* To what is only looked at: to that process alone, since its children are somebody else's. */
static void
signal_examined (FlatlineSessionView *view, int signum, const char *done)
{
  g_autoptr (GError) error = NULL;

  if (flatline_examination_send_signal (flatline_session_view_get_examination (view), signum, &error))
    flatline_session_view_say (view, done);
  else
    flatline_session_view_say (view, error->message);
}

static void
send_sigterm (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSessionView *view = user_data;
  g_autoptr (GError) error = NULL;

  if (flatline_session_view_get_examination (view))
    signal_examined (view, SIGTERM, _ ("SIGTERM sent"));
  else if (flatline_session_send_signal (flatline_session_view_get_session (view), SIGTERM, &error))
    flatline_session_view_say (view, _ ("SIGTERM sent"));
  else
    flatline_session_view_say (view, error->message);
}

static void
kill_program (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  if (flatline_session_view_get_examination (user_data))
    signal_examined (user_data, SIGKILL, _ ("Killed"));
  else
    flatline_session_kill (flatline_session_view_get_session (user_data));
}

static void
keep_waiting (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSessionView *view = user_data;

  flatline_session_snooze (flatline_session_view_get_session (view));
  flatline_session_view_say (view, _ ("Waiting; you will hear when it beats again"));
}

static void
continue_held (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSession *session = flatline_session_view_get_session (user_data);

  flatline_live_command_async (flatline_session_get_live (session), "continue", NULL, NULL, NULL);
}

static void
read_stack (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  start_capture (user_data, FLATLINE_PANE_STACK);
}

static void
read_variables (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  start_capture (user_data, FLATLINE_PANE_VARIABLES);
}

static void
refresh (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSession *session = flatline_session_view_get_session (user_data);

  if (session)
    flatline_process_tree_refresh_async (flatline_session_get_process_tree (session), NULL, NULL, NULL);
  if (session)
    flatline_session_refresh_connections (session);
  start_capture (user_data, FLATLINE_PANE_STACK);
}

static void
ask_shell_command (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_SHELL);
}

static void
debug_program (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_debug (user_data);
}

static void
show_connections (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_refresh_connections (flatline_session_view_get_session (user_data));
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_NETWORK);
}

static void
change_monitor (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  flatline_session_set_monitor (flatline_session_view_get_session (user_data), g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
  if (g_variant_get_boolean (state))
    flatline_session_view_show_pane (user_data, FLATLINE_PANE_NETWORK);
}

static void
show_status (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_status_dialog_present (GTK_WIDGET (user_data), flatline_session_view_get_session (user_data));
}

static void
show_recording (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *path = flatline_session_get_recording (flatline_session_view_get_session (user_data));

  if (!path)
    flatline_session_view_say (
        user_data, _ ("This run is not recorded: Preferences, Record Every Line, then open the program again"));
  else if (!g_file_test (path, G_FILE_TEST_EXISTS))
    flatline_session_view_say (user_data, _ ("Nothing is recorded yet"));
  else
    {
      g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

      gtk_widget_activate_action (GTK_WIDGET (user_data), "win.open-uri", "s", uri);
    }
}

static void
change_sidebar (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  g_simple_action_set_state (action, state);
  flatline_session_view_show_sidebar (user_data, g_variant_get_boolean (state));
}

static void
show_stack (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_STACK);
}

static void
show_output (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_OUTPUT);
}

static void
show_console (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_CONSOLE);
}

static void
show_processes (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_PROCESSES);
}

static void
show_history (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_HISTORY);
}

/* In the pane with the focus; of those that have nothing to look through, in the text beside them. */
static void
find (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSessionView *view = user_data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (view)));

  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (view))
      && gtk_widget_activate_action (focus, "pane.find", NULL))
    return;
  flatline_session_view_find (view);
}

/* A button of the banner: what the verdict speaks of, in the pane that has it. */
static void
show_reference (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (JsonNode) node = json_from_string (g_variant_get_string (parameter, NULL), NULL);
  g_autoptr (FlatlineRecord) record = node ? flatline_record_from_json (FLATLINE_TYPE_REFERENCE, node, NULL) : NULL;
  const char *kind = record ? ((FlatlineReference *)record)->kind : NULL;
  FlatlinePane pane = FLATLINE_PANE_STACK;

  if (!kind)
    return;
  if (g_str_equal (kind, "socket") || g_str_equal (kind, "pipe"))
    pane = FLATLINE_PANE_NETWORK;
  else if (g_str_equal (kind, "process"))
    pane = FLATLINE_PANE_PROCESSES;
  else if (g_str_equal (kind, "lock"))
    pane = FLATLINE_PANE_VARIABLES;
  g_object_set (user_data, "reference", record, NULL);
  flatline_session_view_show_pane (user_data, pane);
}

static void
show_heartbeat (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  flatline_session_view_show_pane (user_data, FLATLINE_PANE_HEARTBEAT);
}

static void
export_snapshot (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineSnapshot *snapshot = flatline_session_view_get_snapshot (user_data);

  if (snapshot)
    flatline_export_ask (GTK_WIDGET (user_data), snapshot);
}

/* What a program is needed for, and which property of the session allows it. */
/* clang-format off */
static const struct
{
  const char *action;
  const char *property; /* boolean; NULL: always possible with a session */
  gboolean any_process; /* serves a process that is only looked at, too */
} session_needs[] = {
  { "restart", "can-restart", FALSE },
  { "close", "can-close", FALSE },
  { "sigterm", "can-signal", TRUE },
  { "kill", "can-signal", TRUE },
  { "stack-trace", "can-signal", TRUE },
  { "variables", "can-signal", TRUE },
  { "refresh", "can-signal", TRUE },
  { "connections", "can-signal", FALSE },
  { "monitor", NULL, FALSE },
  { "shell-command", NULL, FALSE },
  { "debug", "can-signal", FALSE },
  { "status", NULL, FALSE },
  { "keep-waiting", "can-signal", FALSE },
  { "continue", "can-signal", FALSE },
  { "recording", NULL, FALSE },
  { "show-console", NULL, FALSE },
  { "show-history", NULL, FALSE },
};
/* clang-format on */

static const GActionEntry entries[] = {
  { .name = "restart", .activate = restart },
  { .name = "close", .activate = close_program },
  { .name = "sigterm", .activate = send_sigterm },
  { .name = "kill", .activate = kill_program },
  { .name = "keep-waiting", .activate = keep_waiting },
  { .name = "continue", .activate = continue_held },
  { .name = "stack-trace", .activate = read_stack },
  { .name = "variables", .activate = read_variables },
  { .name = "refresh", .activate = refresh },
  { .name = "shell-command", .activate = ask_shell_command },
  { .name = "debug", .activate = debug_program },
  { .name = "connections", .activate = show_connections },
  { .name = "monitor", .state = "false", .change_state = change_monitor },
  { .name = "status", .activate = show_status },
  { .name = "recording", .activate = show_recording },
  { .name = "sidebar", .state = "true", .change_state = change_sidebar },
  { .name = "show-stack", .activate = show_stack },
  { .name = "show-output", .activate = show_output },
  { .name = "show-console", .activate = show_console },
  { .name = "show-processes", .activate = show_processes },
  { .name = "show-history", .activate = show_history },
  { .name = "show-reference", .activate = show_reference, .parameter_type = "s" },
  { .name = "show-heartbeat", .activate = show_heartbeat },
  { .name = "find", .activate = find },
  { .name = "export", .activate = export_snapshot },
};

/* Nothing is left to monitor; the next run is asked anew. */
static void
on_state_changed (FlatlineSession *session, GParamSpec *pspec, FlatlineSessionView *view)
{
  FlatlineSessionState state = flatline_session_get_state (session);
  GActionGroup *actions = flatline_session_view_get_actions (view);

  /* A program may outlive its tab. */
  if (actions && (state == FLATLINE_SESSION_EXITED || state == FLATLINE_SESSION_CRASHED))
    g_action_group_change_action_state (actions, "monitor", g_variant_new_boolean (FALSE));
}

static gboolean
is_set (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_boolean (to, g_value_get_object (from) != NULL);
  return TRUE;
}

GActionGroup *
flatline_session_actions_new (FlatlineSessionView *view)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  FlatlineSession *session = flatline_session_view_get_session (view);
  FlatlineExamination *examination = flatline_session_view_get_examination (view);

  g_action_map_add_action_entries (G_ACTION_MAP (group), entries, G_N_ELEMENTS (entries), view);
  for (guint i = 0; i < G_N_ELEMENTS (session_needs); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (group), session_needs[i].action);

      if (examination && session_needs[i].any_process)
        g_object_bind_property (examination, "alive", action, "enabled", G_BINDING_SYNC_CREATE);
      else if (!session)
        g_simple_action_set_enabled (G_SIMPLE_ACTION (action), FALSE);
      else if (session_needs[i].property)
        g_object_bind_property (session, session_needs[i].property, action, "enabled", G_BINDING_SYNC_CREATE);
    }
  if (session)
    g_signal_connect_object (session, "notify::state", G_CALLBACK (on_state_changed), view, 0);
  g_object_bind_property_full (view, "snapshot", g_action_map_lookup_action (G_ACTION_MAP (group), "export"), "enabled",
                               G_BINDING_SYNC_CREATE, is_set, NULL, NULL, NULL);
  return G_ACTION_GROUP (group);
}
