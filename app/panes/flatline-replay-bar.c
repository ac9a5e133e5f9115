/* SPDX-License-Identifier: MIT */
/* FlatlineReplayBar: each way through the recording is an action of the group "replay", with a button and a key. */
#include "config.h"

#include "flatline-replay-bar.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-announcement.h"
#include "flatline-tooltip.h"

struct _FlatlineReplayBar
{
  GtkWidget parent_instance;
  FlatlineRecording *recording;
  FlatlineSnapshot *snapshot;
  guint position;
  guint showing; /* source of the main loop; 0: none */
  GSimpleActionGroup *actions;
  GtkEventController *keys; /* the window's, while this is mapped */
  GtkWidget *box;
  GtkRange *slider;
  GtkLabel *place;
  GtkLabel *answer;
  GtkWidget *search;
};

enum
{
  PROP_0,
  PROP_RECORDING,
  PROP_SNAPSHOT,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineReplayBar, flatline_replay_bar, GTK_TYPE_WIDGET)

/* What was asked for, until somebody goes on. */
static void
answer (FlatlineReplayBar *self, const char *line)
{
  gtk_label_set_label (self->answer, line);
  flatline_tooltip_set (GTK_WIDGET (self->answer), line);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), *line);
  flatline_announce (GTK_WIDGET (self->answer), line, TRUE);
}

static char *
dup_place (FlatlineReplayBar *self)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self->recording, self->position);
  g_autoptr (FlatlineValue) result = flatline_recording_dup_result (self->recording, self->position);
  FlatlineThread *thread = flatline_recording_peek_thread (self->recording, self->position);

  return g_strdup_printf (/* Translators: step 12 of 300, seconds, a thread, what happens, a value */
                          _ ("%u of %u · %.6f s · %s · %s %s"), self->position + 1,
                          flatline_recording_get_n_events (self->recording), at->time_us / 1e6,
                          thread->name ? thread->name : "", flatline_event_kind_get_label (at->kind),
                          result ? result->text : "");
}

static void
set_enabled (FlatlineReplayBar *self, const char *const *names, gboolean enabled)
{
  for (; *names; names++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), *names)),
                                 enabled);
}

/* A step costs a snapshot: while the slider is drawn along there is one a turn. */
static gboolean
show_position (gpointer user_data)
{
  static const char *const back[] = { "first", "back", "over-back", "out-back", "exception-back", NULL };
  static const char *const forward[] = { "last", "step", "over", "out", "exception", NULL };
  FlatlineReplayBar *self = user_data;
  g_autofree char *place = dup_place (self);

  self->showing = 0;
  gtk_label_set_label (self->place, place);
  flatline_tooltip_set (GTK_WIDGET (self->place), place);
  set_enabled (self, back, self->position > 0);
  set_enabled (self, forward, self->position + 1 < flatline_recording_get_n_events (self->recording));
  g_clear_object (&self->snapshot);
  self->snapshot = flatline_recording_dup_snapshot (self->recording, self->position);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SNAPSHOT]);
  return G_SOURCE_REMOVE;
}

static void
on_slider (FlatlineReplayBar *self)
{
  guint position = (guint)(gtk_range_get_value (self->slider) + 0.5);

  if (position == self->position)
    return;
  self->position = position;
  answer (self, "");
  if (!self->showing)
    self->showing = g_idle_add_full (G_PRIORITY_HIGH_IDLE, show_position, self, NULL);
}

static void
go (FlatlineReplayBar *self, guint event)
{
  if (event == FLATLINE_NO_EVENT)
    answer (self, _ ("There is none in that direction"));
  else
    gtk_range_set_value (self->slider, event);
}

void
flatline_replay_bar_go_to_change (FlatlineReplayBar *self, FlatlineFrame *frame, const char *name)
{
  g_autoptr (FlatlineValue) old = NULL, new = NULL;
  g_autofree char *line = NULL;
  guint at = self->position, event;

  /* A frame has the number of its call for an address. */
  while (at != FLATLINE_NO_EVENT && flatline_recording_peek_event (self->recording, at)->call != frame->address)
    at = flatline_recording_get_caller (self->recording, at);
  event = at != FLATLINE_NO_EVENT ? flatline_recording_find_change (self->recording, at, name, &old, &new) : at;
  if (event == FLATLINE_NO_EVENT)
    {
      answer (self, _ ("When this value changed was not recorded"));
      return;
    }
  go (self, event);
  if (old)
    line = g_strdup_printf (/* Translators: a variable, its value, what it was before */
                            _ ("Here %s became %s; it was %s"), name, new->text, old->text);
  else
    line = g_strdup_printf (/* Translators: a variable, its value */ _ ("Here %s became %s"), name, new->text);
  answer (self, line);
}

/* A place when it is one, else a text. */
static void
find (FlatlineReplayBar *self, int direction)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  guint event;

  if (!*text)
    return;
  event = flatline_recording_find_place (self->recording, self->position, text, direction);
  if (event == FLATLINE_NO_EVENT)
    event = flatline_recording_find_text (self->recording, self->position, text, direction);
  go (self, event);
}

static void
on_find (FlatlineReplayBar *self)
{
  find (self, 1);
}

static void
activate (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineReplayBar *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  int direction = g_str_has_suffix (name, "back") ? -1 : 1;

  if (g_str_equal (name, "first"))
    go (self, 0);
  else if (g_str_equal (name, "last"))
    go (self, flatline_recording_get_n_events (self->recording) - 1);
  else if (g_str_equal (name, "search"))
    gtk_widget_grab_focus (self->search);
  else if (g_str_has_prefix (name, "exception"))
    go (self, flatline_recording_find_exception (self->recording, self->position, direction));
  else if (g_str_has_prefix (name, "find"))
    find (self, direction);
  else
    go (self, flatline_recording_step (self->recording, self->position,
                                       g_str_has_prefix (name, "over")  ? FLATLINE_STEP_OVER
                                       : g_str_has_prefix (name, "out") ? FLATLINE_STEP_OUT
                                                                        : FLATLINE_STEP_INTO,
                                       direction));
}

/* In the order of the buttons; those without an icon have none. */
static const struct
{
  const char *action;
  const char *icon;
  const char *label;
  guint key;
  GdkModifierType modifiers;
} moves[] = {
  { "first", "go-first-symbolic", N_ ("To the Beginning"), GDK_KEY_Home, GDK_ALT_MASK },
  { "out-back", "go-up-symbolic", N_ ("Back to the Caller"), GDK_KEY_F8, GDK_CONTROL_MASK | GDK_SHIFT_MASK },
  { "over-back", "go-previous-symbolic", N_ ("Step Over Back"), GDK_KEY_F8, GDK_CONTROL_MASK },
  { "back", "media-seek-backward-symbolic", N_ ("Step Back"), GDK_KEY_F7, GDK_CONTROL_MASK },
  { "step", "media-seek-forward-symbolic", N_ ("Step"), GDK_KEY_F7, 0 },
  { "over", "go-next-symbolic", N_ ("Step Over"), GDK_KEY_F8, 0 },
  { "out", "go-down-symbolic", N_ ("Step Out"), GDK_KEY_F8, GDK_SHIFT_MASK },
  { "last", "go-last-symbolic", N_ ("To the End"), GDK_KEY_End, GDK_ALT_MASK },
  { "exception-back", "dialog-warning-symbolic", N_ ("Previous Exception"), GDK_KEY_F12, GDK_CONTROL_MASK },
  { "exception", "dialog-error-symbolic", N_ ("Next Exception"), GDK_KEY_F12, 0 },
  { "search", NULL, NULL, GDK_KEY_f, GDK_CONTROL_MASK },
  { "find", NULL, NULL, GDK_KEY_g, GDK_CONTROL_MASK },
  { "find-back", NULL, NULL, GDK_KEY_g, GDK_CONTROL_MASK | GDK_SHIFT_MASK },
};

static gboolean
on_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  FlatlineReplayBar *self = user_data;
  const char *action = g_variant_get_string (arguments, NULL);

  if (g_action_group_get_action_enabled (G_ACTION_GROUP (self->actions), action))
    g_action_group_activate_action (G_ACTION_GROUP (self->actions), action, NULL);
  return TRUE;
}

/* Wherever the focus is in the window, while this bar is to be seen in it. */
static void
flatline_replay_bar_map (GtkWidget *widget)
{
  FlatlineReplayBar *self = FLATLINE_REPLAY_BAR (widget);

  GTK_WIDGET_CLASS (flatline_replay_bar_parent_class)->map (widget);
  self->keys = gtk_shortcut_controller_new ();
  gtk_event_controller_set_propagation_phase (self->keys, GTK_PHASE_CAPTURE);
  for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (moves[i].key, moves[i].modifiers),
                                                gtk_callback_action_new (on_key, self, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_string (moves[i].action));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (self->keys), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (gtk_widget_get_root (widget)), self->keys);
}

static void
flatline_replay_bar_unmap (GtkWidget *widget)
{
  FlatlineReplayBar *self = FLATLINE_REPLAY_BAR (widget);
  GtkWidget *holder = self->keys ? gtk_event_controller_get_widget (self->keys) : NULL;

  if (holder)
    gtk_widget_remove_controller (holder, self->keys);
  self->keys = NULL;
  GTK_WIDGET_CLASS (flatline_replay_bar_parent_class)->unmap (widget);
}

static GtkWidget *
create_buttons (FlatlineReplayBar *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (moves) && moves[i].icon; i++)
    {
      g_autofree char *action = g_strconcat ("replay.", moves[i].action, NULL);
      g_autofree char *key = gtk_accelerator_get_label (moves[i].key, moves[i].modifiers);
      g_autofree char *tip = g_strdup_printf ("%s (%s)", _ (moves[i].label), key);
      GtkWidget *button = gtk_button_new_from_icon_name (moves[i].icon);

      gtk_widget_add_css_class (button, "flat");
      flatline_tooltip_set (button, tip);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (moves[i].label), -1);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
      gtk_box_append (GTK_BOX (box), button);
    }
  return box;
}

/* Where it is, and below what was found there. */
static GtkWidget *
create_words (FlatlineReplayBar *self)
{
  GtkWidget *box = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "hexpand", TRUE, "valign",
                                 GTK_ALIGN_CENTER, NULL);

  self->place = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->place), "numeric");
  self->answer = g_object_new (GTK_TYPE_LABEL, "visible", FALSE, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->answer), "caption-heading");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->place));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->answer));
  return box;
}

static void
flatline_replay_bar_constructed (GObject *object)
{
  FlatlineReplayBar *self = FLATLINE_REPLAY_BAR (object);
  guint n = flatline_recording_get_n_events (self->recording);
  GtkWidget *row =
      g_object_new (GTK_TYPE_BOX, "spacing", 6, "margin-start", 6, "margin-end", 6, "margin-bottom", 6, NULL);

  G_OBJECT_CLASS (flatline_replay_bar_parent_class)->constructed (object);
  self->actions = g_simple_action_group_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
    g_action_map_add_action_entries (G_ACTION_MAP (self->actions),
                                     &(GActionEntry){ .name = moves[i].action, .activate = activate }, 1, self);
  self->slider = GTK_RANGE (gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, MAX (n - 1, 1), 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->slider), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Position in the recording"), -1);
  gtk_range_set_increments (self->slider, 1, MAX (n / 50, 1));
  g_signal_connect_swapped (self->slider, "value-changed", G_CALLBACK (on_slider), self);
  self->search = gtk_search_entry_new ();
  g_object_set (self->search, "placeholder-text", _ ("Value, name, file:line or function"), NULL);
  flatline_tooltip_set (self->search, _ ("Enter finds the next, Ctrl+Shift+G the one before"));
  g_signal_connect_swapped (self->search, "activate", G_CALLBACK (on_find), self);
  g_signal_connect_swapped (self->search, "next-match", G_CALLBACK (on_find), self);
  gtk_box_append (GTK_BOX (row), create_buttons (self));
  gtk_box_append (GTK_BOX (row), create_words (self));
  gtk_box_append (GTK_BOX (row), self->search);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->slider));
  gtk_box_append (GTK_BOX (self->box), row);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "replay", G_ACTION_GROUP (self->actions));
  show_position (self);
}

static void
flatline_replay_bar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FLATLINE_REPLAY_BAR (object)->recording = g_value_dup_object (value);
}

static void
flatline_replay_bar_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineReplayBar *self = FLATLINE_REPLAY_BAR (object);

  g_value_set_object (value, id == PROP_SNAPSHOT ? (gpointer)self->snapshot : (gpointer)self->recording);
}

static void
flatline_replay_bar_dispose (GObject *object)
{
  FlatlineReplayBar *self = FLATLINE_REPLAY_BAR (object);

  g_clear_handle_id (&self->showing, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->actions);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->recording);
  G_OBJECT_CLASS (flatline_replay_bar_parent_class)->dispose (object);
}

static void
flatline_replay_bar_class_init (FlatlineReplayBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = flatline_replay_bar_constructed;
  object_class->set_property = flatline_replay_bar_set_property;
  object_class->get_property = flatline_replay_bar_get_property;
  object_class->dispose = flatline_replay_bar_dispose;
  GTK_WIDGET_CLASS (klass)->map = flatline_replay_bar_map;
  GTK_WIDGET_CLASS (klass)->unmap = flatline_replay_bar_unmap;
  properties[PROP_RECORDING] =
      g_param_spec_object ("recording", NULL, NULL, FLATLINE_TYPE_RECORDING,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_replay_bar_init (FlatlineReplayBar *self)
{
}

FlatlineReplayBar *
flatline_replay_bar_new (FlatlineRecording *recording)
{
  return g_object_new (FLATLINE_TYPE_REPLAY_BAR, "recording", recording, NULL);
}
