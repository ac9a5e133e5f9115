/* SPDX-License-Identifier: MIT */
/*
 * FlatlineWindow: a tab for each supervised program and each stored snapshot; without one, the invitation to drop a
 * script. The window owns no session: it shows them, and says what a person asked for by signals to the application.
 */
#include "config.h"

#include "flatline-window-private.h"

#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-closed-tabs.h"
#include "flatline-end-question.h"
#include "flatline-file-drop.h"
#include "flatline-frame-memory.h"
#include "flatline-frame-split.h"
#include "flatline-freeze-toast.h"
#include "flatline-gradual-end.h"
#include "flatline-help-overlay.h"
#include "flatline-history-pane.h"
#include "flatline-key-focus.h"
#include "flatline-recent-list.h"
#include "flatline-session-tabs.h"
#include "flatline-snapshot-tab.h"
#include "flatline-still.h"
#include "flatline-tab-moves.h"
#include "flatline-toast.h"

enum
{
  OPEN_REQUESTED,
  SESSION_ABANDONED,
  TABS_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineWindow, flatline_window, ADW_TYPE_APPLICATION_WINDOW)

void
flatline_window_request_open (GtkWidget *widget, GSList *files)
{
  g_signal_emit (widget, signals[OPEN_REQUESTED], 0, files);
}

static void
on_selected_page (FlatlineWindow *self)
{
  FlatlineSessionView *view = flatline_session_tabs_get_selected (self->tabs);

  g_clear_pointer (&self->title_binding, g_binding_unbind);
  g_clear_pointer (&self->subtitle_binding, g_binding_unbind);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "session",
                                  view ? flatline_session_view_get_actions (view) : self->start_actions);
  if (view)
    {
      self->title_binding = g_object_bind_property (view, "title", self->window_title, "title", G_BINDING_SYNC_CREATE);
      self->subtitle_binding =
          g_object_bind_property (view, "subtitle", self->window_title, "subtitle", G_BINDING_SYNC_CREATE);
      adw_tab_page_set_needs_attention (adw_tab_view_get_selected_page (self->tabs), FALSE);
      if (flatline_session_view_get_session (view))
        flatline_freeze_toast_dismiss (flatline_session_view_get_session (view));
    }
  else
    {
      adw_window_title_set_title (self->window_title, _ ("Flatline"));
      adw_window_title_set_subtitle (self->window_title, "");
    }
}

static gboolean
leave (gpointer user_data)
{
  FlatlineWindow *self = user_data;

  self->leaving_source = 0;
  if (adw_tab_view_get_n_pages (self->tabs) == 0)
    gtk_window_destroy (GTK_WINDOW (self));
  return G_SOURCE_REMOVE;
}

static void
on_n_pages (FlatlineWindow *self)
{
  const gboolean is_empty = adw_tab_view_get_n_pages (self->tabs) == 0;

  gtk_stack_set_visible_child_name (self->stack, is_empty ? "empty" : "tabs");
  /* The last tab was dragged away: nobody wants an empty window for it. */
  if (is_empty && !self->closing_page && !self->leaving_source)
    self->leaving_source = g_idle_add (leave, self);
  g_signal_emit (self, signals[TABS_CHANGED], 0);
}

/* What moved has its focus in the other window now. */
static void
on_page_detached (FlatlineWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus && gtk_widget_get_root (focus) != GTK_ROOT (self))
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
}

/* The tabs' own buttons are made with the tab, after the page. */
static gboolean
name_buttons (gpointer user_data)
{
  FlatlineWindow *self = user_data;

  self->naming_source = 0;
  flatline_accessible_names_give (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

/*
 * When a page leaves a window that has actions of the same names as its own, GTK (4.8) tells its buttons that these are
 * gone, and nothing when they are still there: they are told anew.
 */
static void
on_page_attached (FlatlineWindow *self, AdwTabPage *page)
{
  GtkWidget *view = adw_tab_page_get_child (page);

  gtk_widget_insert_action_group (view, "session", NULL);
  gtk_widget_insert_action_group (view, "session", flatline_session_view_get_actions (FLATLINE_SESSION_VIEW (view)));
  if (!self->naming_source)
    self->naming_source = g_idle_add (name_buttons, self);
}

void
flatline_window_add_view (FlatlineWindow *self, GtkWidget *view, const char *origin)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  const gboolean had_focus = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack));

  flatline_session_tabs_add (self->tabs, view, origin);
  focus = gtk_window_get_focus (GTK_WINDOW (self));
  /* The page that it comes instead of may have gone before there was a tab that could take the focus. */
  if (had_focus && !(focus && gtk_widget_is_ancestor (focus, view)))
    gtk_widget_child_focus (view, GTK_DIR_TAB_FORWARD);
}

/* Its window may be closed by now. */
static void
close_emptied (GtkWidget *view)
{
  GtkRoot *root = gtk_widget_get_root (view);
  FlatlineWindow *self = FLATLINE_IS_WINDOW (root) ? FLATLINE_WINDOW (root) : NULL;

  if (!self || !self->tabs)
    return;
  flatline_session_view_end_gradually (FLATLINE_SESSION_VIEW (view));
  self->closing_page = TRUE;
  adw_tab_view_close_page_finish (self->tabs, adw_tab_view_get_page (self->tabs, view), TRUE);
  self->closing_page = FALSE;
}

/* The page goes when it has no rows any more: with them that takes longer than a frame. */
static void
finish_close (FlatlineWindow *self, AdwTabPage *page)
{
  FlatlineSessionView *view = flatline_session_tabs_get_view (page);
  FlatlineSession *session = flatline_session_view_get_session (view);
  FlatlineOpenTab *closed = flatline_session_tabs_describe (view);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (closed)
    flatline_closed_tabs_push (closed);
  /* A row of a table that ends with its tab is still the window's focus afterwards (GTK 4.8). */
  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (view)))
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
  if (!flatline_session_tabs_leave (self->tabs, page))
    gtk_stack_set_visible_child_name (self->stack, "empty");
  if (session)
    g_signal_emit (self, signals[SESSION_ABANDONED], 0, session);
  g_signal_emit (self, signals[TABS_CHANGED], 0);
  flatline_gradual_end_empty (GTK_WIDGET (view), close_emptied);
}

static void
on_close_answered (GtkWindow *window, gboolean end, gpointer user_data)
{
  FlatlineWindow *self = FLATLINE_WINDOW (window);
  g_autoptr (AdwTabPage) page = user_data;

  if (end)
    finish_close (self, page);
  else
    adw_tab_view_close_page_finish (self->tabs, page, FALSE);
}

static gboolean
on_close_page (FlatlineWindow *self, AdwTabPage *page)
{
  FlatlineSessionView *view = flatline_session_tabs_get_view (page);
  g_autoptr (GPtrArray) live = g_ptr_array_new ();

  if (!flatline_session_view_is_live (view))
    {
      finish_close (self, page);
      return GDK_EVENT_STOP;
    }
  g_ptr_array_add (live, flatline_session_view_get_session (view));
  flatline_end_question_ask (GTK_WINDOW (self), live, _ ("Closing the tab ends the program."), on_close_answered,
                             g_object_ref (page));
  return GDK_EVENT_STOP;
}

void
flatline_window_open_freeze (FlatlineWindow *self, gint64 id)
{
  if (self->store)
    flatline_snapshot_tab_open (self, self->store, id);
}

/* What lists of windows and screen readers call it. */
static gboolean
name_window (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  const char *title = g_value_get_string (from);

  if (g_strcmp0 (title, _ ("Flatline")) == 0)
    g_value_set_string (to, title);
  else
    g_value_take_string (to, g_strdup_printf ("%s – %s", title, _ ("Flatline")));
  return TRUE;
}

static void
show_history_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineWindow *self = user_data;

  gtk_widget_child_focus (GTK_WIDGET (self->history), GTK_DIR_TAB_FORWARD);
}

/* The page that is shown while there is no tab has past freezes, too. */
static const GActionEntry start_actions[] = { { .name = "show-history", .activate = show_history_activated } };

static gboolean
has_freezes (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_boolean (to, !g_value_get_boolean (from));
  return TRUE;
}

static void
on_quit_answered (GtkWindow *window, gboolean end, gpointer user_data)
{
  if (end)
    gtk_window_destroy (window);
}

static gboolean
flatline_window_close_request (GtkWindow *window)
{
  FlatlineWindow *self = FLATLINE_WINDOW (window);
  g_autoptr (GPtrArray) live = flatline_window_list_live (self);

  if (live->len == 0)
    return GTK_WINDOW_CLASS (flatline_window_parent_class)->close_request (window);
  flatline_end_question_ask (window, live,
                             ngettext ("Closing the window ends it.", "Closing the window ends them.", live->len),
                             on_quit_answered, NULL);
  return GDK_EVENT_STOP;
}

static void
flatline_window_dispose (GObject *object)
{
  FlatlineWindow *self = FLATLINE_WINDOW (object);

  if (self->tabs)
    {
      g_autoptr (GPtrArray) sessions = flatline_session_tabs_list_sessions (self->tabs);

      for (guint i = 0; i < sessions->len; i++)
        g_signal_emit (self, signals[SESSION_ABANDONED], 0, sessions->pdata[i]);
      g_signal_handlers_disconnect_by_data (self->tabs, self);
      self->tabs = NULL;
    }
  flatline_key_focus_end (GTK_WINDOW (self));
  g_clear_handle_id (&self->naming_source, g_source_remove);
  g_clear_handle_id (&self->leaving_source, g_source_remove);
  g_clear_pointer (&self->title_binding, g_binding_unbind);
  g_clear_pointer (&self->subtitle_binding, g_binding_unbind);
  g_clear_object (&self->store);
  g_clear_object (&self->start_actions);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (flatline_window_parent_class)->dispose (object);
}

static void
flatline_window_class_init (FlatlineWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = flatline_window_close_request;
  signals[OPEN_REQUESTED] = g_signal_new ("open-requested", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 1, GDK_TYPE_FILE_LIST);
  signals[SESSION_ABANDONED] = g_signal_new ("session-abandoned", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, FLATLINE_TYPE_SESSION);

  signals[TABS_CHANGED] =
      g_signal_new ("tabs-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (FLATLINE_TYPE_HISTORY_PANE);
  g_type_ensure (FLATLINE_TYPE_STILL);
  flatline_window_class_install_actions (widget_class);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/window/flatline-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, content);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, window_title);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, tabs);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, recent_list);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, history_group);
  gtk_widget_class_bind_template_child (widget_class, FlatlineWindow, history);
  gtk_widget_class_bind_template_callback (widget_class, on_selected_page);
  gtk_widget_class_bind_template_callback (widget_class, on_n_pages);
  gtk_widget_class_bind_template_callback (widget_class, on_close_page);
  gtk_widget_class_bind_template_callback (widget_class, on_page_attached);
  gtk_widget_class_bind_template_callback (widget_class, on_page_detached);
}

/*
 * The first size that is kept is the window's; what another one becomes later is its own. Where settings cannot be
 * kept, as in a home that is read-only, a control of them can do nothing, but the window can.
 */
static void
remember (FlatlineWindow *self, const char *key, const char *property)
{
  g_settings_bind (self->settings, key, self, property,
                   G_SETTINGS_BIND_DEFAULT | G_SETTINGS_BIND_GET_NO_CHANGES | G_SETTINGS_BIND_NO_SENSITIVITY);
}

static AdwTabView *
create_like (GtkWindow *window)
{
  FlatlineWindow *other = flatline_window_new (gtk_window_get_application (window), FLATLINE_WINDOW (window)->store);

  gtk_window_present (GTK_WINDOW (other));
  return other->tabs;
}

static void
flatline_window_init (FlatlineWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->start_actions = G_ACTION_GROUP (g_simple_action_group_new ());
  g_action_map_add_action_entries (G_ACTION_MAP (self->start_actions), start_actions, G_N_ELEMENTS (start_actions),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "session", self->start_actions);
  g_object_bind_property_full (self->window_title, "title", self, "title", G_BINDING_SYNC_CREATE, name_window, NULL,
                               NULL, NULL);
  flatline_frame_split_follow (GTK_WINDOW (self));
  flatline_frame_memory_keep (GTK_WINDOW (self));
  self->settings = g_settings_new ("org.flatline.Flatline");
  remember (self, "window-width", "default-width");
  remember (self, "window-height", "default-height");
  remember (self, "window-maximized", "maximized");
  flatline_recent_list_follow (self->recent_list, self->settings);
  flatline_accessible_names_give (GTK_WIDGET (self));

  flatline_tab_moves_add (self->tabs, GTK_WINDOW (self), create_like);
  flatline_file_drop_accept (GTK_WIDGET (self), self->content, flatline_window_request_open);
  flatline_key_focus_follow (GTK_WINDOW (self));
  g_object_bind_property_full (self->history, "empty", self->history_group, "visible", G_BINDING_SYNC_CREATE,
                               has_freezes, NULL, NULL, NULL);
}

static void
show_keys (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  flatline_help_overlay_show (window);
}

FlatlineWindow *
flatline_window_new (GtkApplication *application, FlatlineStore *store)
{
  static const GActionEntry keys_actions[] = { { .name = "show-help-overlay", .activate = show_keys } };
  FlatlineWindow *self = g_object_new (FLATLINE_TYPE_WINDOW, "application", application, NULL);

  g_action_map_add_action_entries (G_ACTION_MAP (self), keys_actions, G_N_ELEMENTS (keys_actions), self);
  g_set_object (&self->store, store);
  g_object_set (self->history, "store", store, NULL);
  return self;
}

void
flatline_window_add_session (FlatlineWindow *self, FlatlineSession *session)
{
  flatline_window_add_view (self, flatline_session_view_new (session, self->store), NULL);
}

void
flatline_window_add_examination (FlatlineWindow *self, FlatlineExamination *examination)
{
  flatline_window_add_view (self, flatline_session_view_new_for_examination (examination), NULL);
}

void
flatline_window_add_snapshot (FlatlineWindow *self, FlatlineSnapshot *snapshot, const char *origin)
{
  flatline_window_add_view (self, flatline_snapshot_tab_new_view (snapshot, self->store), origin);
}

gboolean
flatline_window_has_session (FlatlineWindow *self, FlatlineSession *session)
{
  return flatline_session_tabs_find (self->tabs, session) != NULL;
}

GPtrArray *
flatline_window_list_live (FlatlineWindow *self)
{
  return flatline_session_tabs_list_live (self->tabs);
}

gboolean
flatline_window_show_session (FlatlineWindow *self, FlatlineSession *session)
{
  AdwTabPage *page = flatline_session_tabs_find (self->tabs, session);

  if (!page)
    return FALSE;
  adw_tab_view_set_selected_page (self->tabs, page);
  gtk_window_present (GTK_WINDOW (self));
  return TRUE;
}

void
flatline_window_remove_session (FlatlineWindow *self, FlatlineSession *session)
{
  AdwTabPage *page = flatline_session_tabs_find (self->tabs, session);

  if (page)
    adw_tab_view_close_page (self->tabs, page);
}

gboolean
flatline_window_tell_freeze (FlatlineWindow *self, FlatlineFreeze *freeze, FlatlineSession *session)
{
  FlatlineSessionView *view = flatline_session_tabs_get_selected (self->tabs);

  if (!gtk_window_is_active (GTK_WINDOW (self)))
    return FALSE;
  if (!view || flatline_session_view_get_session (view) != session)
    flatline_freeze_toast_show (self->toasts, freeze, session);
  return TRUE;
}

GPtrArray *
flatline_window_list_tabs (FlatlineWindow *self)
{
  return flatline_session_tabs_list_open (self->tabs);
}

void
flatline_window_say (FlatlineWindow *self, const char *line)
{
  flatline_toast_answer (self->toasts, line);
}

void
flatline_window_warn (FlatlineWindow *self, const char *line)
{
  flatline_toast_warn (self->toasts, line);
}
