/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFreezeBanner: the line that says FLATLINED. What it shows follows from the session's state and freeze alone:
 * each state is one row of words, a style and a set of buttons. The buttons are actions; nothing is done here.
 */
#include "config.h"

#include "flatline-freeze-banner.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-announcement.h"
#include "flatline-banner-layout.h"
#include "flatline-banner-words.h"
#include "flatline-evidence-popover.h"
#include "flatline-freeze-row.h"
#include "flatline-process.h"
#include "flatline-shown-text.h"
#include "flatline-tooltip.h"
#include "flatline-wrap-layout.h"

typedef enum
{
  BUTTON_STACK = 1 << 0,
  BUTTON_WAIT = 1 << 1,
  BUTTON_RESTART = 1 << 2,
  BUTTON_KILL = 1 << 3,
  BUTTON_EXPORT = 1 << 4,
  BUTTON_DISMISS = 1 << 5,
  BUTTON_CONTINUE = 1 << 6,
} Buttons;

struct _FlatlineFreezeBanner
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  FlatlineFreeze *recovered; /* the freeze that ended, until it is dismissed */
  FlatlineSnapshot *seen;    /* what was read of the running program, and dismissed */
  GtkWidget *revealer;
  GtkWidget *bar;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *text;
  GtkWidget *leads; /* a button for each thing that the verdict speaks of, and the one of the evidence */
  GtkMenuButton *evidence_button;
  GtkWidget *evidence; /* its popover */
  GtkWidget *stack_button;
  GtkWidget *wait_button;
  GtkWidget *restart_button;
  GtkWidget *kill_button;
  GtkWidget *export_button;
  GtkWidget *dismiss_button;
  GtkWidget *continue_button;
  char *announced; /* NULL: nothing yet */
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineFreezeBanner, flatline_freeze_banner, GTK_TYPE_WIDGET)

/* The rest is behind the button of the evidence. */
#define MAX_REFERENCES 5

static const char *
icon_of (FlatlineReference *reference)
{
  static const struct
  {
    const char *kind;
    const char *icon;
  } icons[] = {
    { "thread", "stack-symbolic" },         { "task", "stack-symbolic" },
    { "lock", "changes-prevent-symbolic" }, { "process", "application-x-executable-symbolic" },
    { "socket", "network-wired-symbolic" }, { "pipe", "network-wired-symbolic" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (icons); i++)
    if (g_strcmp0 (reference->kind, icons[i].kind) == 0)
      return icons[i].icon;
  return NULL;
}

static void
add_reference_button (FlatlineFreezeBanner *self, FlatlineReference *reference)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name (icon_of (reference));
  g_autofree char *name = flatline_shown_text_dup (reference->label);
  GtkWidget *label = gtk_label_new (name);
  g_autofree char *target = flatline_record_to_json_string (FLATLINE_RECORD (reference), FALSE);
  g_autofree char *tooltip = g_strdup_printf (/* Translators: "lock ‘a’", "thread ‘worker’" */ _ ("Show %s"), name);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_box_append (GTK_BOX (content), icon);
  gtk_box_append (GTK_BOX (content), label);
  gtk_button_set_child (GTK_BUTTON (button), content);
  gtk_widget_add_css_class (button, "flat");
  flatline_tooltip_set (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "session.show-reference");
  gtk_widget_insert_before (button, self->leads, GTK_WIDGET (self->evidence_button));
}

static void
show_references (FlatlineFreezeBanner *self, FlatlineVerdict *verdict)
{
  g_autoptr (GPtrArray) references = verdict ? flatline_verdict_list_references (verdict) : NULL;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->leads)) != GTK_WIDGET (self->evidence_button))
    gtk_box_remove (GTK_BOX (self->leads), child);
  for (guint i = 0; references && i < MIN (references->len, MAX_REFERENCES); i++)
    if (((FlatlineReference *)g_ptr_array_index (references, i))->label)
      add_reference_button (self, g_ptr_array_index (references, i));
  gtk_widget_set_visible (GTK_WIDGET (self->evidence_button),
                          flatline_evidence_popover_show_verdict (GTK_POPOVER (self->evidence), verdict));
  gtk_widget_set_visible (self->leads, gtk_widget_get_first_child (self->leads) != GTK_WIDGET (self->evidence_button)
                                           || gtk_widget_get_visible (GTK_WIDGET (self->evidence_button)));
}

/* To a screen reader: once for each sentence. */
static void
announce (FlatlineFreezeBanner *self, const char *title, const char *text)
{
  g_autofree char *line = g_strconcat (title, text && *text ? ". " : NULL, text, NULL);

  if (g_strcmp0 (line, self->announced) == 0)
    return;
  g_free (self->announced);
  self->announced = g_steal_pointer (&line);
  flatline_announce (GTK_WIDGET (self), self->announced, TRUE);
}

/* What is to be read anyhow needs none. */
static gboolean
on_query_tooltip (GtkLabel *label, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, gtk_label_get_label (label));
  return pango_layout_is_ellipsized (gtk_label_get_layout (label));
}

static void
show (FlatlineFreezeBanner *self,
      const char *style,
      const char *icon,
      const char *title,
      const char *text,
      Buttons buttons)
{
  const char *const classes[] = { "freeze-banner", style, NULL };

  gtk_widget_set_css_classes (self->bar, (const char **)classes);
  gtk_image_set_from_icon_name (self->icon, icon);
  flatline_shown_text_set (self->title, title);
  flatline_shown_text_set (self->text, text);
  title = gtk_label_get_label (self->title);
  text = gtk_label_get_label (self->text);
  gtk_widget_set_visible (GTK_WIDGET (self->text), *text);
  show_references (self, NULL);
  gtk_widget_set_visible (self->stack_button, (buttons & BUTTON_STACK) != 0);
  gtk_widget_set_visible (self->wait_button, (buttons & BUTTON_WAIT) != 0);
  gtk_widget_set_visible (self->restart_button, (buttons & BUTTON_RESTART) != 0);
  gtk_widget_set_visible (self->kill_button, (buttons & BUTTON_KILL) != 0);
  gtk_widget_set_visible (self->export_button, (buttons & BUTTON_EXPORT) != 0);
  gtk_widget_set_visible (self->dismiss_button, (buttons & BUTTON_DISMISS) != 0);
  gtk_widget_set_visible (self->continue_button, (buttons & BUTTON_CONTINUE) != 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  announce (self, title, text);
  gtk_widget_set_visible (self->bar, TRUE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
}

static void
hide (FlatlineFreezeBanner *self)
{
  g_clear_pointer (&self->announced, g_free);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
}

/* What is no longer seen is no longer there for a screen reader either. */
static void
on_revealed (FlatlineFreezeBanner *self)
{
  GtkRevealer *revealer = GTK_REVEALER (self->revealer);

  gtk_widget_set_visible (self->bar,
                          gtk_revealer_get_reveal_child (revealer) || gtk_revealer_get_child_revealed (revealer));
}

/* Of a process that the program has started, and not of one that stands for it and told what it did last. */
static gboolean
is_of_other (FlatlineFreezeBanner *self, FlatlineFreeze *freeze)
{
  return freeze->pid != flatline_session_get_pid (self->session) && !freeze->last_reason;
}

static void
show_freeze (FlatlineFreezeBanner *self, FlatlineFreeze *freeze)
{
  g_autofree char *title =
      is_of_other (self, freeze)
          ? flatline_banner_words_format_other (freeze->time_us, freeze->pid)
          : flatline_banner_words_format_freeze (freeze->time_us, freeze->last_reason, freeze->last_caller);
  const char *text = freeze->summary && *freeze->summary ? freeze->summary : freeze->cause;
  FlatlineSnapshot *snapshot = flatline_session_get_snapshot (self->session);

  show (self, "flatlined", "heart-flat-symbolic", title, text,
        BUTTON_STACK | BUTTON_WAIT | BUTTON_RESTART | BUTTON_KILL);
  show_references (self, snapshot ? snapshot->verdict : NULL);
}

static void
show_held (FlatlineFreezeBanner *self)
{
  FlatlineSnapshot *snapshot = flatline_session_get_snapshot (self->session);
  FlatlineVerdict *verdict = snapshot ? snapshot->verdict : NULL;

  show (self, "calm", "media-playback-pause-symbolic", _ ("Held at a breakpoint"), verdict ? verdict->summary : NULL,
        BUTTON_STACK | BUTTON_CONTINUE);
}

static void
show_recovered (FlatlineFreezeBanner *self)
{
  const gint64 length_us = self->recovered->ended_us - self->recovered->time_us + self->recovered->stale_ms * 1000;
  g_autofree char *title = flatline_session_dup_end_of_other (self->session, self->recovered);

  if (!title)
    title = g_strdup_printf (_ ("Beating again after %.1f s of silence"), MAX (length_us, 0) / (double)G_USEC_PER_SEC);
  show (self, "calm", "object-select-symbolic", title, self->recovered->summary, BUTTON_STACK | BUTTON_DISMISS);
}

/* Of a program that runs on: what a person asked for, or what it has survived. NULL: nothing new. */
static FlatlineSnapshot *
find_news (FlatlineFreezeBanner *self)
{
  static const char *const reasons[] = { "manual", "exception", NULL };
  FlatlineSnapshot *snapshot = flatline_session_get_snapshot (self->session);
  FlatlineVerdict *verdict = snapshot ? snapshot->verdict : NULL;

  return verdict && verdict->summary && *verdict->summary && snapshot != self->seen && snapshot->reason
                 && g_strv_contains (reasons, snapshot->reason)
             ? snapshot
             : NULL;
}

static void
show_news (FlatlineFreezeBanner *self, FlatlineSnapshot *snapshot)
{
  const gboolean is_exception = g_str_equal (snapshot->reason, "exception");
  g_autofree char *time = flatline_format_time (snapshot->captured_us);
  g_autofree char *title = is_exception
                               ? flatline_banner_words_format_exception (snapshot->exception, time)
                               : g_strdup_printf (/* Translators: a time */ _ ("What it was doing at %s"), time);

  show (self, is_exception ? "crashed" : "calm", is_exception ? "dialog-warning-symbolic" : "stack-symbolic", title,
        snapshot->verdict->summary, BUTTON_DISMISS);
  show_references (self, snapshot->verdict);
}

/* The snapshot of the session may be of a freeze before its end, which says nothing of that. */
static FlatlineVerdict *
find_verdict_of_end (FlatlineSnapshot *snapshot)
{
  static const char *const ends[] = { "crash", "killed", "exception", "startup-failure", NULL };
  FlatlineVerdict *verdict = snapshot ? snapshot->verdict : NULL;

  return verdict && verdict->kind && g_strv_contains (ends, verdict->kind) ? verdict : NULL;
}

static void
show_end (FlatlineFreezeBanner *self, gboolean crashed)
{
  int exit_signal = flatline_session_get_exit_signal (self->session);
  int exit_status = flatline_session_get_exit_status (self->session);
  FlatlineSnapshot *snapshot = flatline_session_get_snapshot (self->session);
  FlatlineVerdict *verdict = find_verdict_of_end (snapshot);
  FlatlineExceptionInfo *exception = crashed && snapshot ? snapshot->exception : NULL;
  const char *icon = crashed            ? "dialog-warning-symbolic"
                     : exit_signal      ? "process-stop-symbolic"
                     : exit_status != 0 ? "dialog-information-symbolic"
                                        : "object-select-symbolic";
  g_autofree char *name = exit_signal ? flatline_signal_dup_name (exit_signal) : NULL;
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  if (exit_signal)
    title = g_strdup_printf (_ ("Ended by %s (%s)"), name, g_strsignal (exit_signal));
  else if (exit_status == 0)
    title = g_strdup (_ ("Finished (exit status 0)"));
  else if (exception && g_strcmp0 (exception->context, "uncaught") == 0)
    title = g_strdup_printf (_ ("Exited with status %d after an uncaught exception"), exit_status);
  else
    title = g_strdup_printf (_ ("Exited with status %d"), exit_status);
  if (verdict && verdict->summary && *verdict->summary)
    text = g_strdup (verdict->summary);
  else if (exception && exception->type_name)
    text = g_strdup_printf ("%s: %s", exception->type_name, exception->message ? exception->message : "");
  /* The toolbar has what there is to do. */
  show (self, crashed ? "crashed" : "calm", icon, title, text, verdict || exception ? BUTTON_STACK : 0);
  show_references (self, verdict);
}

static void
show_snapshot (FlatlineFreezeBanner *self)
{
  FlatlineSnapshot *snapshot = self->snapshot;
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineBeat *last = NULL;
  g_autofree char *time = flatline_format_time (snapshot->captured_us);
  g_autofree char *title = NULL;

  for (guint i = flatline_list_length (snapshot->beats); i > 0 && !last; i--)
    {
      FlatlineBeat *beat = flatline_list_peek (snapshot->beats, i - 1);

      if (g_strcmp0 (beat->lane, "program") == 0)
        last = beat;
    }
  if (g_strcmp0 (snapshot->reason, "freeze") == 0)
    title = flatline_banner_words_format_freeze (snapshot->captured_us, last ? last->reason : NULL,
                                                 last ? last->caller : NULL);
  else if (g_strcmp0 (snapshot->reason, "crash") == 0)
    title = g_strdup_printf (_ ("Crashed %s"), time);
  else if (g_strcmp0 (snapshot->reason, "exception") == 0)
    title = flatline_banner_words_format_exception (snapshot->exception, time);
  else
    title = g_strdup_printf (_ ("Snapshot of %s"), time);
  show (self, "stored", "document-open-recent-symbolic", title, verdict ? verdict->summary : NULL, BUTTON_EXPORT);
  show_references (self, verdict);
}

static void
update (FlatlineFreezeBanner *self)
{
  FlatlineFreeze *freeze = self->session ? flatline_session_get_freeze (self->session) : NULL;
  FlatlineSessionState state = self->session ? flatline_session_get_state (self->session) : FLATLINE_SESSION_IDLE;

  /* Of a recording the bar below says more. */
  if (!self->session && self->snapshot && g_strcmp0 (self->snapshot->reason, "recording") != 0)
    show_snapshot (self);
  else if (state == FLATLINE_SESSION_FROZEN && freeze)
    show_freeze (self, freeze);
  else if (state == FLATLINE_SESSION_EXITED || state == FLATLINE_SESSION_CRASHED)
    show_end (self, state == FLATLINE_SESSION_CRASHED);
  else if (state == FLATLINE_SESSION_RUNNING
           && flatline_live_get_n_held (flatline_session_get_live (self->session)) > 0)
    show_held (self);
  else if (state == FLATLINE_SESSION_RUNNING && find_news (self))
    show_news (self, find_news (self));
  else if (state == FLATLINE_SESSION_RUNNING && self->recovered)
    show_recovered (self);
  else
    hide (self);
}

static void
on_state_changed (FlatlineFreezeBanner *self)
{
  FlatlineSessionState state = flatline_session_get_state (self->session);

  if (state != FLATLINE_SESSION_RUNNING)
    g_clear_object (&self->recovered);
  update (self);
}

static void
on_recovered (FlatlineFreezeBanner *self, FlatlineFreeze *freeze)
{
  g_set_object (&self->recovered, freeze);
  update (self);
}

static void
on_dismiss (FlatlineFreezeBanner *self)
{
  g_clear_object (&self->recovered);
  g_set_object (&self->seen, flatline_session_get_snapshot (self->session));
  update (self);
}

static void
set_session (FlatlineFreezeBanner *self, FlatlineSession *session)
{
  static const char *const breakpoint_signals[] = { "held", "let-go" };

  if (self->session)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      g_signal_handlers_disconnect_by_data (flatline_session_get_live (self->session), self);
    }
  g_set_object (&self->session, session);
  if (!session)
    return;
  g_signal_connect_object (session, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::freeze", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::snapshot", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "freeze-detected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "recovered", G_CALLBACK (on_recovered), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (breakpoint_signals); i++)
    g_signal_connect_object (flatline_session_get_live (session), breakpoint_signals[i], G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
}

static void
flatline_freeze_banner_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineFreezeBanner *self = FLATLINE_FREEZE_BANNER (object);

  if (id == PROP_SESSION)
    set_session (self, g_value_get_object (value));
  else
    g_set_object (&self->snapshot, g_value_get_object (value));
  update (self);
}

static void
flatline_freeze_banner_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineFreezeBanner *self = FLATLINE_FREEZE_BANNER (object);

  g_value_set_object (value, id == PROP_SESSION ? (gpointer)self->session : (gpointer)self->snapshot);
}

static void
flatline_freeze_banner_dispose (GObject *object)
{
  FlatlineFreezeBanner *self = FLATLINE_FREEZE_BANNER (object);

  set_session (self, NULL);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->recovered);
  g_clear_object (&self->seen);
  g_clear_pointer (&self->revealer, gtk_widget_unparent);
  g_clear_pointer (&self->announced, g_free);
  G_OBJECT_CLASS (flatline_freeze_banner_parent_class)->dispose (object);
}

static void
flatline_freeze_banner_class_init (FlatlineFreezeBannerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_freeze_banner_set_property;
  object_class->get_property = flatline_freeze_banner_get_property;
  object_class->dispose = flatline_freeze_banner_dispose;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FLATLINE_TYPE_BANNER_LAYOUT);
  g_type_ensure (FLATLINE_TYPE_WRAP_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/window/flatline-freeze-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, bar);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, icon);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, title);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, text);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, leads);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, evidence_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, stack_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, wait_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, restart_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, kill_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, export_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, dismiss_button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineFreezeBanner, continue_button);
  gtk_widget_class_bind_template_callback (widget_class, on_dismiss);
  gtk_widget_class_bind_template_callback (widget_class, on_query_tooltip);
  gtk_widget_class_bind_template_callback (widget_class, on_revealed);
}

static void
flatline_freeze_banner_init (FlatlineFreezeBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->evidence = flatline_evidence_popover_new ();
  gtk_menu_button_set_popover (self->evidence_button, self->evidence);
}
