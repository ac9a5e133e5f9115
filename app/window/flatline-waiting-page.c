/* SPDX-License-Identifier: MIT */
/* What a tab waits for, in words. */
#include "config.h"

#include "flatline-waiting-page.h"

#include "flatline-shown-text.h"

#include <glib/gi18n.h>

#define RESTART "session.restart"
#define READ    "session.stack-trace"

struct _FlatlineWaitingPage
{
  GtkWidget parent_instance;
  GtkSpinner *spinner;
  GtkLabel *title;
  GtkLabel *text;
  GtkWidget *button;
};

G_DEFINE_FINAL_TYPE (FlatlineWaitingPage, flatline_waiting_page, GTK_TYPE_WIDGET)

static void
flatline_waiting_page_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (flatline_waiting_page_parent_class)->dispose (object);
}

static void
flatline_waiting_page_class_init (FlatlineWaitingPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_waiting_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
flatline_waiting_page_init (FlatlineWaitingPage *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  g_object_set (layout, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 6, NULL);
  g_object_set (self, "valign", GTK_ALIGN_CENTER, "halign", GTK_ALIGN_CENTER, "margin-start", 24, "margin-end", 24,
                NULL);
  self->spinner = g_object_new (GTK_TYPE_SPINNER, "width-request", 24, "height-request", 24, "halign", GTK_ALIGN_CENTER,
                                "visible", FALSE, NULL);
  self->title = GTK_LABEL (gtk_label_new (NULL));
  self->text = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "max-width-chars", 60, NULL);
  self->button =
      g_object_new (GTK_TYPE_BUTTON, "use-underline", TRUE, "halign", GTK_ALIGN_CENTER, "margin-top", 6, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "title-4");
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "dim-label");
  gtk_widget_set_parent (GTK_WIDGET (self->spinner), GTK_WIDGET (self));
  gtk_widget_set_parent (GTK_WIDGET (self->title), GTK_WIDGET (self));
  gtk_widget_set_parent (GTK_WIDGET (self->text), GTK_WIDGET (self));
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
}

static void
show (FlatlineWaitingPage *self, const char *title, const char *text, const char *action, gboolean reads)
{
  flatline_shown_text_set (self->title, title);
  flatline_shown_text_set (self->text, text);
  gtk_widget_set_visible (self->button, action != NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
  gtk_button_set_label (GTK_BUTTON (self->button), g_strcmp0 (action, RESTART) == 0 ? _ ("Restart") : _ ("Read _Now"));
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), reads);
  gtk_spinner_set_spinning (self->spinner, reads);
}

static void
show_reading (FlatlineWaitingPage *self, const char *title, gboolean reads)
{
  show (self, title, _ ("Threads, stacks and variables; a big one takes some seconds."), NULL, reads);
}

void
flatline_waiting_page_show_examination (FlatlineWaitingPage *self, FlatlineExamination *examination)
{
  g_autofree char *trouble = NULL;
  gboolean busy;

  g_object_get (examination, "trouble", &trouble, "busy", &busy, NULL);
  if (trouble)
    show (self, _ ("Nothing Could Be Read"), trouble, flatline_examination_is_alive (examination) ? READ : NULL, FALSE);
  else
    show_reading (self,
                  flatline_examination_get_pid (examination) ? _ ("Reading the Process") : _ ("Reading the Core File"),
                  busy);
}

void
flatline_waiting_page_show_session (FlatlineWaitingPage *self, FlatlineSession *session, gboolean reading)
{
  FlatlineSessionState state = session ? flatline_session_get_state (session) : FLATLINE_SESSION_IDLE;

  if (state == FLATLINE_SESSION_IDLE)
    show (self, _ ("Not Started"), _ ("The program was open when its tab was closed. Restart runs it."), RESTART,
          FALSE);
  else if (state == FLATLINE_SESSION_EXITED || state == FLATLINE_SESSION_CRASHED)
    show (self, _ ("No Freeze in This Run"), _ ("Restart runs the program once more."), NULL, FALSE);
  else if (state == FLATLINE_SESSION_FROZEN) /* each freeze ends in a snapshot, if only a bare one */
    show_reading (self, _ ("Reading the Process"), TRUE);
  else
    show (self, _ ("Listening"),
          _ ("Threads, source and variables appear here the moment the program stops answering. If it only waits, or "
             "runs in circles, read them now."),
          reading ? NULL : READ, reading);
}

const char *
flatline_session_state_get_label (FlatlineSessionState state)
{
  switch (state)
    {
    case FLATLINE_SESSION_STARTING:
      return _ ("Starting");
    case FLATLINE_SESSION_RUNNING:
      return _ ("Running");
    case FLATLINE_SESSION_FROZEN:
      return _ ("Flatlined");
    case FLATLINE_SESSION_EXITING:
      return _ ("Closing");
    case FLATLINE_SESSION_EXITED:
      return _ ("Exited");
    case FLATLINE_SESSION_CRASHED:
      return _ ("Crashed");
    case FLATLINE_SESSION_IDLE:
    default:
      return _ ("Not started");
    }
}
