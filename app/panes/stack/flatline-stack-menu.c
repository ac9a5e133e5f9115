/* SPDX-License-Identifier: MIT */
/* A frame names its function by its place, FILE:LINE: that also finds what no module has a name for. */
#include "config.h"

#include "flatline-stack-menu.h"

#include <glib/gi18n.h>

#include "flatline-toast.h"

FlatlineContextMenu *
flatline_stack_menu_new (GtkWidget *pane)
{
  g_autoptr (GMenu) model = g_menu_new ();
  g_autoptr (GMenu) live = g_menu_new ();

  g_menu_append (model, _ ("_Copy Stack"), "stack.copy");
  g_menu_append (model, _ ("Copy _All Stacks"), "stack.copy-all");
  g_menu_append (live, _ ("_Trace Calls of This Function"), "stack.trace");
  g_menu_append (live, _ ("_Stop Tracing"), "stack.untrace");
  g_menu_append (live, _ ("_Break Here"), "stack.break");
  g_menu_append_section (model, NULL, G_MENU_MODEL (live));
  return flatline_context_menu_new (pane, G_MENU_MODEL (model));
}

void
flatline_stack_menu_update (GActionMap *actions, FlatlineSession *session, FlatlineFrame *frame)
{
  const gboolean lives = session && flatline_session_state_is_live (flatline_session_get_state (session));
  const gboolean is_python = frame && frame->file && frame->line > 0 && g_strcmp0 (frame->kind, "native") != 0;
  const gboolean is_traced =
      lives
      && g_list_model_get_n_items (G_LIST_MODEL (flatline_live_get_changes (flatline_session_get_live (session)))) > 0;

  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (actions, "trace")), lives && is_python);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (actions, "break")), lives && is_python);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (actions, "untrace")),
                               is_traced && is_python);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) pane = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = flatline_live_command_finish (FLATLINE_LIVE (source), result, &error);

  if (gtk_widget_get_root (pane))
    flatline_toast_say (pane, text ? text : error->message);
}

void
flatline_stack_menu_change (GtkWidget *pane, FlatlineSession *session, FlatlineFrame *frame, const char *word)
{
  g_autofree char *line = NULL;

  if (!frame)
    return;
  line = g_strdup_printf ("%s %s:%d", word, frame->file, (int)frame->line);

  flatline_live_command_async (flatline_session_get_live (session), line, NULL, on_done, g_object_ref (pane));
  if (g_str_equal (word, "trace"))
    gtk_widget_activate_action (pane, "session.show-console", NULL);
}
