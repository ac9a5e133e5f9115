/* SPDX-License-Identifier: MIT */
/* The verbs of Flatline in one table. Order and groups are those of the toolbar. */
#include "config.h"

#include "flatline-action-list.h"

#include <glib/gi18n.h>

static const FlatlineActionInfo actions[] = {
  { .action = "session.restart",
    .label = N_ ("Restart"),
    .tooltip = N_ ("Close the program if it runs, and start it again"),
    .icon = "view-refresh-symbolic",
    .key = "r",
    .accels = { "<Ctrl>r", "<Shift>F5" },
    .terminal_accels = { "<Shift>F5" },
    .show_label = TRUE,
    .needs = FLATLINE_NEEDS_SESSION },
  { .action = "session.close",
    .label = N_ ("Close"),
    .tooltip = N_ ("Ask the program to end"),
    .icon = "media-playback-stop-symbolic",
    .key = "3",
    .accels = { "<Ctrl>3" },
    .terminal_accels = { "<Ctrl>3" },
    .show_label = TRUE,
    .needs = FLATLINE_NEEDS_SESSION | FLATLINE_NEEDS_PROCESS },
  { .action = "session.sigterm",
    .label = N_ ("SIGTERM"),
    .tooltip = N_ ("Send SIGTERM to the program"),
    .icon = "mail-send-symbolic",
    .key = "4",
    .accels = { "<Ctrl>4" },
    .terminal_accels = { "<Ctrl>4" },
    .show_label = TRUE,
    .needs = FLATLINE_NEEDS_PROCESS },
  { .action = "session.kill",
    .label = N_ ("Force Kill"),
    .tooltip = N_ ("Kill the program and all processes it started"),
    .icon = "process-stop-symbolic",
    .key = "5",
    .accels = { "<Ctrl>5" },
    .terminal_accels = { "<Ctrl>5" },
    .show_label = TRUE,
    .needs = FLATLINE_NEEDS_PROCESS },
  { .action = "session.stack-trace",
    .label = N_ ("Stack Trace"),
    .tooltip = N_ ("Read where every thread is now"),
    .icon = "stack-symbolic",
    .key = "1",
    .accels = { "<Ctrl>1" },
    .terminal_accels = { "<Ctrl>1" },
    .begins_group = TRUE,
    .needs = FLATLINE_NEEDS_PROCESS },
  { .action = "session.variables",
    .label = N_ ("Variables"),
    .tooltip = N_ ("Read the variables of every frame now"),
    .icon = "variables-symbolic",
    .key = "2",
    .accels = { "<Ctrl>2" },
    .terminal_accels = { "<Ctrl>2" },
    .needs = FLATLINE_NEEDS_PROCESS },
  { .action = "session.refresh",
    .label = N_ ("Refresh"),
    .tooltip = N_ ("Read everything shown anew"),
    .icon = "read-anew-symbolic",
    .key = "6",
    .accels = { "<Ctrl>6", "F5" },
    .terminal_accels = { "<Ctrl>6", "F5" },
    .needs = FLATLINE_NEEDS_PROCESS },
  { .action = "session.connections",
    .label = N_ ("Connections"),
    .tooltip = N_ ("Show the network connections now"),
    .icon = "network-transmit-receive-symbolic",
    .key = "8",
    .accels = { "<Ctrl>8" },
    .terminal_accels = { "<Ctrl>8" },
    .needs = FLATLINE_NEEDS_SESSION | FLATLINE_NEEDS_PROCESS,
    .begins_group = TRUE },
  { .action = "session.monitor",
    .label = N_ ("Monitor"),
    .tooltip = N_ ("Follow the network connections and mark what changes"),
    .icon = "media-record-symbolic",
    .key = "9",
    .accels = { "<Ctrl>9" },
    .terminal_accels = { "<Ctrl>9" },
    .toggle = TRUE,
    .needs = FLATLINE_NEEDS_SESSION | FLATLINE_NEEDS_PROCESS },
  { .action = "session.export",
    .label = N_ ("Export Snapshot…"),
    .tooltip = N_ ("Save what is shown, for others"),
    .icon = "document-save-symbolic",
    .accels = { "<Ctrl>s" },
    .begins_group = TRUE,
    .at_end = TRUE,
    .needs = FLATLINE_NEEDS_SNAPSHOT },
  { .action = "session.shell-command",
    .label = N_ ("Shell Command"),
    .tooltip = N_ ("Run a command beside the program"),
    .icon = "utilities-terminal-symbolic",
    .key = "7",
    .accels = { "<Ctrl>7" },
    .terminal_accels = { "<Ctrl>7" },
    .at_end = TRUE,
    .needs = FLATLINE_NEEDS_SESSION },
  { .action = "session.status",
    .label = N_ ("Status"),
    .tooltip = N_ ("Show all facts about the supervision"),
    .icon = "help-about-symbolic",
    .key = "s",
    .accels = { "<Ctrl>i", "F2" },
    .terminal_accels = { "F2" },
    .at_end = TRUE,
    .needs = FLATLINE_NEEDS_SESSION },
  { .action = "session.keep-waiting", .accels = { "<Ctrl>k" } },
  { .action = "session.continue", .accels = { "F4" } },
  { .action = "session.show-stack", .accels = { "<Alt>1" }, .terminal_accels = { "<Alt>1" } },
  { .action = "session.show-output", .accels = { "<Alt>2" }, .terminal_accels = { "<Alt>2" } },
  { .action = "session.show-processes", .accels = { "<Alt>3" }, .terminal_accels = { "<Alt>3" } },
  { .action = "session.show-history", .accels = { "<Alt>4" }, .terminal_accels = { "<Alt>4" } },
  { .action = "session.show-heartbeat", .accels = { "<Alt>5" }, .terminal_accels = { "<Alt>5" } },
  { .action = "session.show-console", .accels = { "<Alt>6" }, .terminal_accels = { "<Alt>6" } },
  { .action = "session.find", .accels = { "<Ctrl>f" }, .terminal_accels = { "<Ctrl><Shift>f" } },
  { .action = "session.sidebar", .accels = { "F9" }, .terminal_accels = { "F9" } },
  { .action = "app.new-window", .accels = { "<Ctrl>n" }, .terminal_accels = { "<Ctrl><Shift>n" } },
  { .action = "win.open", .accels = { "<Ctrl>o" }, .terminal_accels = { "<Ctrl><Shift>o" } },
  { .action = "win.attach", .accels = { "<Ctrl><Shift>a" }, .terminal_accels = { "<Ctrl><Shift>a" } },
  { .action = "app.help", .accels = { "F1" }, .terminal_accels = { "F1" } },
  { .action = "app.preferences", .accels = { "<Ctrl>comma" }, .terminal_accels = { "<Ctrl>comma" } },
  { .action = "win.fullscreen", .accels = { "F11" }, .terminal_accels = { "F11" } },
  { .action = "app.zoom-in",
    .accels = { "<Ctrl>plus", "<Ctrl>equal", "<Ctrl>KP_Add" },
    .terminal_accels = { "<Ctrl>plus", "<Ctrl>equal", "<Ctrl>KP_Add" } },
  { .action = "app.zoom-out",
    .accels = { "<Ctrl>minus", "<Ctrl>KP_Subtract" },
    .terminal_accels = { "<Ctrl>minus", "<Ctrl>KP_Subtract" } },
  { .action = "app.zoom-reset", .accels = { "<Ctrl>0" }, .terminal_accels = { "<Ctrl>0" } },
  { .action = "app.reopen-tab", .accels = { "<Ctrl><Shift>t" }, .terminal_accels = { "<Ctrl><Shift>t" } },
  { .action = "win.close-tab", .accels = { "<Ctrl>w" }, .terminal_accels = { "<Ctrl><Shift>w" } },
  /* In the terminal too: a button of a menu that loses its only accelerator ends the program in GTK 4.8. */
  { .action = "win.show-help-overlay",
    .key = "h",
    .accels = { "<Ctrl>question" },
    .terminal_accels = { "<Ctrl>question" } },
  { .action = "app.quit", .key = "q", .accels = { "<Ctrl>q" }, .terminal_accels = { "<Ctrl><Shift>q" } },
};

const FlatlineActionInfo *
flatline_action_list (guint *n_actions)
{
  *n_actions = G_N_ELEMENTS (actions);
  return actions;
}

void
flatline_action_list_set_accels (GtkApplication *application, FlatlineFocus focus)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      const char *const *accels = focus == FLATLINE_FOCUS_TERMINAL ? actions[i].terminal_accels : actions[i].accels;
      const char *keys[G_N_ELEMENTS (actions[i].accels) + 1] = { NULL };
      guint n_keys = 0;

      while (accels[n_keys])
        {
          keys[n_keys] = accels[n_keys];
          n_keys++;
        }
      if (focus == FLATLINE_FOCUS_WINDOW)
        keys[n_keys] = actions[i].key;
      gtk_application_set_accels_for_action (application, actions[i].action, keys);
    }
}

char *
flatline_action_list_dup_keys (const char *action)
{
  for (guint i = 0; action && i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].action, action))
      {
        const char *const *accels = actions[i].accels;

        return g_strjoin (" ", accels[0], accels[1] ? accels[1] : actions[i].key, accels[1] ? actions[i].key : NULL,
                          NULL);
      }
  return NULL;
}

char *
flatline_action_info_dup_tooltip (const FlatlineActionInfo *info)
{
  guint key = 0;
  GdkModifierType modifiers = 0;
  g_autofree char *accel = NULL;

  if (!info->accels[0] || !gtk_accelerator_parse (info->accels[0], &key, &modifiers))
    return g_strdup (_ (info->tooltip));
  accel = gtk_accelerator_get_label (key, modifiers);
  /* Translators: what a button does, then its key */
  return g_strdup_printf (_ ("%s (%s)"), _ (info->tooltip), accel);
}
