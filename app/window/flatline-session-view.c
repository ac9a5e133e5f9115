/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSessionView: one tab of the window: bars above, and below them the panes, at the places that
 * FlatlineSessionLayout has for them. Here is what the tab itself knows: its title, its state, what it shows.
 */
#include "config.h"

#include "flatline-session-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <inttypes.h>

#include "flatline-accessible-names.h"
#include "flatline-freeze-banner.h"
#include "flatline-freeze-row.h"
#include "flatline-narrow-layout.h"
#include "flatline-session-actions.h"
#include "flatline-session-layout.h"
#include "flatline-session-panes.h"
#include "flatline-shell-pane.h"
#include "flatline-shown-text.h"
#include "flatline-still.h"
#include "flatline-toast.h"
#include "flatline-toolbar.h"
#include "flatline-waiting-page.h"

struct _FlatlineSessionView
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineExamination *examination;
  FlatlineExaminer *examiner;
  FlatlineStore *store;
  FlatlineSnapshot *snapshot;
  FlatlineReference *reference;
  char *title;
  char *subtitle;
  gboolean frozen;
  gboolean busy;
  gboolean reading;
  GActionGroup *actions;
  GtkWidget *toasts;
  FlatlineToolbar *toolbar;
  FlatlineSessionLayout *layout;
  FlatlineSessionPanes *panes;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_EXAMINATION,
  PROP_EXAMINER,
  PROP_STORE,
  PROP_SNAPSHOT,
  PROP_REFERENCE,
  PROP_TITLE,
  PROP_SUBTITLE,
  PROP_FROZEN,
  PROP_BUSY,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineSessionView, flatline_session_view, GTK_TYPE_WIDGET)

/* Memory alone is in a core file: no processes, no descriptors, nothing that could be done with it but what the banner
 * has. */
static gboolean
is_of_core (FlatlineSessionView *self)
{
  return self->examination && flatline_examination_get_pid (self->examination) == 0;
}

static void
update_toolbar (FlatlineSessionView *self)
{
  gboolean lives = FALSE;

  if (!self->toasts) /* disposed */
    return;
  /* All that can be done with what is stored is in the banner. */
  gtk_widget_set_visible (GTK_WIDGET (self->toolbar), self->session || (self->examination && !is_of_core (self)));
  if (self->session)
    g_object_get (self->session, "can-signal", &lives, NULL);
  else if (self->examination)
    lives = flatline_examination_is_alive (self->examination);
  else
    return;
  flatline_toolbar_set_available (self->toolbar, (self->session ? FLATLINE_NEEDS_SESSION : 0)
                                                     | (lives ? FLATLINE_NEEDS_PROCESS : 0)
                                                     | (self->snapshot ? FLATLINE_NEEDS_SNAPSHOT : 0));
}

static void
update_capture (FlatlineSessionView *self)
{
  FlatlineWaitingPage *waiting;

  if (!self->toasts) /* disposed */
    return;
  waiting = flatline_session_layout_get_waiting_page (self->layout);
  if (self->examination)
    flatline_waiting_page_show_examination (waiting, self->examination);
  else
    flatline_waiting_page_show_session (waiting, self->session, self->reading);
  flatline_session_layout_show_capture (self->layout, self->snapshot != NULL);
}

/* Something of the tab goes on that a person waits for. */
static void
update_busy (FlatlineSessionView *self)
{
  FlatlineSessionState state = self->session ? flatline_session_get_state (self->session) : FLATLINE_SESSION_IDLE;
  gboolean busy = self->reading || state == FLATLINE_SESSION_STARTING || state == FLATLINE_SESSION_EXITING;

  if (!busy && self->examination)
    g_object_get (self->examination, "busy", &busy, NULL);
  if (busy == self->busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/* A program that is started before all panes are made. */
static void
listen (FlatlineSessionView *self)
{
  if (self->panes && self->session && flatline_session_state_is_live (flatline_session_get_state (self->session)))
    flatline_session_panes_listen (self->panes);
}

static void
on_session_changed (FlatlineSessionView *self)
{
  FlatlineSessionState state = flatline_session_get_state (self->session);
  gint64 pid = flatline_session_get_pid (self->session);
  gboolean frozen = state == FLATLINE_SESSION_FROZEN;

  g_free (self->subtitle);
  if (pid > 0 && state != FLATLINE_SESSION_EXITED && state != FLATLINE_SESSION_CRASHED)
    self->subtitle = g_strdup_printf (/* Translators: a state ("Running"), a number */ _ ("%s · PID %d"),
                                      flatline_session_state_get_label (state), (int)pid);
  else
    self->subtitle = g_strdup (flatline_session_state_get_label (state));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUBTITLE]);
  if (frozen != self->frozen)
    {
      self->frozen = frozen;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FROZEN]);
    }
  update_busy (self);
  update_capture (self);
  listen (self);
}

static void
on_examination_changed (FlatlineSessionView *self)
{
  gint64 pid = flatline_examination_get_pid (self->examination);
  gboolean alive = flatline_examination_is_alive (self->examination);
  g_autofree char *trouble = NULL;

  g_object_get (self->examination, "trouble", &trouble, NULL);
  g_free (self->subtitle);
  if (pid == 0)
    self->subtitle = g_strdup (_ ("Core file"));
  else
    self->subtitle = g_strdup_printf (alive ? _ ("Not supervised · PID %" PRId64) : _ ("Ended · PID %" PRId64), pid);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUBTITLE]);
  update_busy (self);
  update_capture (self);
  update_toolbar (self);
  if (trouble && self->snapshot)
    flatline_session_view_say (self, trouble);
}

static void
on_message (FlatlineSessionView *self, const char *level, const char *line)
{
  if (g_strcmp0 (level, "error") == 0)
    flatline_session_view_say (self, line);
}

static void
set_session (FlatlineSessionView *self, FlatlineSession *session)
{
  if (!session)
    return;
  self->session = g_object_ref (session);
  g_object_bind_property (session, "title", self, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (session, "snapshot", self, "snapshot", G_BINDING_SYNC_CREATE);
  g_object_bind_property (session, "examiner", self, "examiner", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (session, "notify::state", G_CALLBACK (on_session_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::pid", G_CALLBACK (on_session_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::can-signal", G_CALLBACK (update_toolbar), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "message", G_CALLBACK (on_message), self, G_CONNECT_SWAPPED);
  on_session_changed (self);
}

static void
set_examination (FlatlineSessionView *self, FlatlineExamination *examination)
{
  static const char *const changes[] = { "notify::busy", "notify::alive", "notify::trouble" };

  if (!examination)
    return;
  self->examination = g_object_ref (examination);
  g_object_bind_property (examination, "title", self, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (examination, "snapshot", self, "snapshot", G_BINDING_SYNC_CREATE);
  g_object_bind_property (examination, "examiner", self, "examiner", G_BINDING_SYNC_CREATE);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (examination, changes[i], G_CALLBACK (on_examination_changed), self, G_CONNECT_SWAPPED);
  on_examination_changed (self);
}

static void
flatline_session_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineSessionView *self = FLATLINE_SESSION_VIEW (object);

  switch (id)
    {
    case PROP_SESSION:
      set_session (self, g_value_get_object (value));
      break;
    case PROP_EXAMINATION:
      set_examination (self, g_value_get_object (value));
      break;
    case PROP_EXAMINER:
      if (g_set_object (&self->examiner, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_STORE:
      g_set_object (&self->store, g_value_get_object (value));
      break;
    case PROP_SNAPSHOT:
      if (g_set_object (&self->snapshot, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      update_capture (self);
      update_toolbar (self);
      break;
    case PROP_REFERENCE:
      /* The same one again counts: who asks twice has looked elsewhere meanwhile. */
      g_set_object (&self->reference, g_value_get_object (value));
      g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_TITLE:
      g_free (self->title);
      self->title = flatline_shown_text_dup (g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
flatline_session_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineSessionView *self = FLATLINE_SESSION_VIEW (object);

  switch (id)
    {
    case PROP_SESSION:
      g_value_set_object (value, self->session);
      break;
    case PROP_EXAMINATION:
      g_value_set_object (value, self->examination);
      break;
    case PROP_EXAMINER:
      g_value_set_object (value, self->examiner);
      break;
    case PROP_STORE:
      g_value_set_object (value, self->store);
      break;
    case PROP_SNAPSHOT:
      g_value_set_object (value, self->snapshot);
      break;
    case PROP_REFERENCE:
      g_value_set_object (value, self->reference);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, self->subtitle);
      break;
    case PROP_FROZEN:
      g_value_set_boolean (value, self->frozen);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
flatline_session_view_constructed (GObject *object)
{
  FlatlineSessionView *self = FLATLINE_SESSION_VIEW (object);

  G_OBJECT_CLASS (flatline_session_view_parent_class)->constructed (object);
  self->actions = flatline_session_actions_new (self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "session", self->actions);
  flatline_narrow_layout_use (GTK_WIDGET (self), self->actions, flatline_session_layout_get_switcher (self->layout));
  update_toolbar (self);
  if (!self->session)
    {
      flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_HISTORY);
      flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_CONSOLE);
      flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_SHELL);
      if (self->examination || !self->snapshot || flatline_list_length (self->snapshot->beats) == 0)
        flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_HEARTBEAT);
      if (is_of_core (self) || (self->snapshot && flatline_list_length (self->snapshot->processes) == 0))
        flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_PROCESSES);
    }
  /* Its output goes elsewhere. */
  if (self->examination)
    flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_OUTPUT);
  if (is_of_core (self))
    {
      flatline_session_layout_leave_out (self->layout, FLATLINE_PANE_NETWORK);
      flatline_session_layout_leave_out_bottom (self->layout);
    }
  self->panes = flatline_session_panes_new (GTK_WIDGET (self), flatline_session_layout_get_slots (self->layout));
  listen (self);
}

static void
flatline_session_view_dispose (GObject *object)
{
  FlatlineSessionView *self = FLATLINE_SESSION_VIEW (object);

  gtk_widget_insert_action_group (GTK_WIDGET (self), "session", NULL);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->panes, flatline_session_panes_free);
  g_clear_pointer (&self->toasts, gtk_widget_unparent);
  g_clear_object (&self->session);
  g_clear_object (&self->examination);
  g_clear_object (&self->examiner);
  g_clear_object (&self->store);
  flatline_record_let_go (g_steal_pointer (&self->snapshot));
  g_clear_object (&self->reference);
  G_OBJECT_CLASS (flatline_session_view_parent_class)->dispose (object);
}

static void
flatline_session_view_finalize (GObject *object)
{
  FlatlineSessionView *self = FLATLINE_SESSION_VIEW (object);

  g_free (self->title);
  g_free (self->subtitle);
  G_OBJECT_CLASS (flatline_session_view_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags made_once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags told = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, made_once);
  properties[PROP_EXAMINATION] = g_param_spec_object ("examination", NULL, NULL, FLATLINE_TYPE_EXAMINATION, made_once);
  properties[PROP_EXAMINER] =
      g_param_spec_object ("examiner", NULL, NULL, FLATLINE_TYPE_EXAMINER,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_STORE] = g_param_spec_object ("store", NULL, NULL, FLATLINE_TYPE_STORE, made_once);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_REFERENCE] =
      g_param_spec_object ("reference", NULL, NULL, FLATLINE_TYPE_REFERENCE,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, NULL, told);
  properties[PROP_FROZEN] = g_param_spec_boolean ("frozen", NULL, NULL, FALSE, told);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, told);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
flatline_session_view_class_init (FlatlineSessionViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_session_view_set_property;
  object_class->get_property = flatline_session_view_get_property;
  object_class->constructed = flatline_session_view_constructed;
  object_class->dispose = flatline_session_view_dispose;
  object_class->finalize = flatline_session_view_finalize;
  install_properties (object_class);

  g_type_ensure (FLATLINE_TYPE_FREEZE_BANNER);
  g_type_ensure (FLATLINE_TYPE_SESSION_LAYOUT);
  g_type_ensure (FLATLINE_TYPE_STILL);
  g_type_ensure (FLATLINE_TYPE_TOOLBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/window/flatline-session-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionView, toasts);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionView, toolbar);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionView, layout);
}

static void
flatline_session_view_init (FlatlineSessionView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  flatline_accessible_names_give (GTK_WIDGET (self));
}

GtkWidget *
flatline_session_view_new (FlatlineSession *session, FlatlineStore *store)
{
  return g_object_new (FLATLINE_TYPE_SESSION_VIEW, "session", session, "store", store, NULL);
}

GtkWidget *
flatline_session_view_new_for_snapshot (FlatlineSnapshot *snapshot, const char *title, FlatlineStore *store)
{
  FlatlineSessionView *self =
      g_object_new (FLATLINE_TYPE_SESSION_VIEW, "store", store, "snapshot", snapshot, "title", title, NULL);
  g_autofree char *time = flatline_format_time (snapshot->captured_us);

  self->subtitle = g_strdup_printf (g_strcmp0 (snapshot->reason, "recording") == 0 ? _ ("Recording of %s on %s")
                                                                                   : _ ("Snapshot of %s on %s"),
                                    time, snapshot->host ? snapshot->host : _ ("this computer"));
  return GTK_WIDGET (self);
}

GtkWidget *
flatline_session_view_new_for_examination (FlatlineExamination *examination)
{
  return g_object_new (FLATLINE_TYPE_SESSION_VIEW, "examination", examination, NULL);
}

FlatlineExamination *
flatline_session_view_get_examination (FlatlineSessionView *self)
{
  return self->examination;
}

gpointer
flatline_session_view_take_bar (FlatlineSessionView *self, GtkWidget *bar)
{
  GtkWidget *layout = GTK_WIDGET (self->layout);

  gtk_widget_insert_before (bar, gtk_widget_get_parent (layout), layout);
  flatline_session_layout_leave_out_bottom (self->layout);
  flatline_session_view_show_sidebar (self, FALSE);
  return flatline_session_panes_get (self->panes, FLATLINE_PANE_VARIABLES);
}

void
flatline_session_view_set_reading (FlatlineSessionView *self, gboolean reading)
{
  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  self->reading = reading;
  update_busy (self);
  update_capture (self);
}

FlatlineSession *
flatline_session_view_get_session (FlatlineSessionView *self)
{
  return self->session;
}

FlatlineSnapshot *
flatline_session_view_get_snapshot (FlatlineSessionView *self)
{
  return self->snapshot;
}

GActionGroup *
flatline_session_view_get_actions (FlatlineSessionView *self)
{
  return self->actions;
}

void
flatline_session_view_show_pane (FlatlineSessionView *self, FlatlinePane which)
{
  GtkWidget *pane;

  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  pane = flatline_session_panes_get (self->panes, which);
  if (!pane)
    return;
  if (which == FLATLINE_PANE_PROCESSES || which == FLATLINE_PANE_HISTORY)
    g_action_group_change_action_state (self->actions, "sidebar", g_variant_new_boolean (TRUE));
  flatline_session_layout_bring_forward (self->layout, which);
  if (which == FLATLINE_PANE_SHELL)
    flatline_shell_pane_ask (FLATLINE_SHELL_PANE (pane));
  else if (which == FLATLINE_PANE_PROCESSES)
    gtk_widget_child_focus (pane, GTK_DIR_TAB_FORWARD);
  else if (which != FLATLINE_PANE_NETWORK)
    gtk_widget_grab_focus (pane);
}

void
flatline_session_view_find (FlatlineSessionView *self)
{
  const FlatlinePane which = self->snapshot ? FLATLINE_PANE_SOURCE : FLATLINE_PANE_OUTPUT;

  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  flatline_session_layout_bring_forward (self->layout, which);
  gtk_widget_activate_action (flatline_session_panes_get (self->panes, which), "pane.find", NULL);
}

void
flatline_session_view_enter_panes (FlatlineSessionView *self, gboolean from_end)
{
  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  gtk_widget_child_focus (GTK_WIDGET (self->layout), from_end ? GTK_DIR_TAB_BACKWARD : GTK_DIR_TAB_FORWARD);
}

void
flatline_session_view_show_sidebar (FlatlineSessionView *self, gboolean show)
{
  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  flatline_session_layout_show_sidebar (self->layout, show);
}

void
flatline_session_view_debug (FlatlineSessionView *self)
{
  const char *problem =
      flatline_shell_pane_debug (FLATLINE_SHELL_PANE (flatline_session_panes_get (self->panes, FLATLINE_PANE_SHELL)));

  flatline_session_view_show_pane (self, FLATLINE_PANE_SHELL);
  if (problem)
    flatline_session_view_say (self, problem);
}

void
flatline_session_view_say (FlatlineSessionView *self, const char *line)
{
  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  flatline_toast_answer (ADW_TOAST_OVERLAY (self->toasts), line);
}

void
flatline_session_view_end_gradually (FlatlineSessionView *self)
{
  g_return_if_fail (FLATLINE_IS_SESSION_VIEW (self));
  flatline_session_panes_end_gradually (self->panes);
}

gboolean
flatline_session_view_is_live (FlatlineSessionView *self)
{
  g_return_val_if_fail (FLATLINE_IS_SESSION_VIEW (self), FALSE);
  return self->session && flatline_session_state_is_live (flatline_session_get_state (self->session));
}
