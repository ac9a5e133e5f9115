/* SPDX-License-Identifier: MIT */
/* What is safe is what Enter and Escape do. */
#include "config.h"

#include "flatline-end-question.h"

#include "flatline-shown-text.h"

#include <adwaita.h>
#include <glib/gi18n.h>

typedef struct
{
  FlatlineEndAnswered answered;
  gpointer user_data;
  GPtrArray *sessions; /* owned */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_ptr_array_unref (question->sessions);
  g_free (question);
}

static void
on_state (GtkWindow *dialog)
{
  Question *question = g_object_get_data (G_OBJECT (dialog), "flatline-question");

  for (guint i = 0; i < question->sessions->len; i++)
    if (flatline_session_state_is_live (flatline_session_get_state (question->sessions->pdata[i])))
      return;
  gtk_window_close (dialog);
}

static void
on_response (GtkWindow *window, const char *response, GtkWindow *dialog)
{
  Question *question = g_object_get_data (G_OBJECT (dialog), "flatline-question");

  /* GTK 4.8 looks for the parent once more when the dialog goes, which is later than the parent may do. */
  gtk_window_set_transient_for (dialog, NULL);
  question->answered (window, g_str_equal (response, "close"), question->user_data);
}

/*
 * libadwaita 1.7 has the heading twice, a large one of one line and a small one, and measures the large one for widths
 * that only the small one fits in, of which GTK complains. So it is large and in lines, as in libadwaita 1.2.
 */
static void
wrap_heading (GtkWidget *widget, const char *heading)
{
  if (GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_label (GTK_LABEL (widget)), heading) == 0)
    {
      gtk_widget_remove_css_class (widget, "title-4");
      gtk_widget_add_css_class (widget, "title-2");
      gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (widget), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_justify (GTK_LABEL (widget), GTK_JUSTIFY_CENTER);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    wrap_heading (child, heading);
}

static GtkWidget *
find_button (GtkWidget *widget, const char *label)
{
  GtkWidget *found = NULL;

  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (GTK_IS_BUTTON (widget) && gtk_widget_get_width (widget) > 0
      && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_button (child, label);
  return found;
}

static void
look_for_cancel (GtkWidget *dialog);

static gboolean
focus_cancel (GtkWidget *dialog, GdkFrameClock *clock, gpointer user_data)
{
  GtkWidget *button =
      find_button (dialog, adw_message_dialog_get_response_label (ADW_MESSAGE_DIALOG (dialog), "cancel"));

  if (!button || !gtk_widget_grab_focus (button))
    return G_SOURCE_CONTINUE;
  g_signal_connect_object (button, "unmap", G_CALLBACK (look_for_cancel), dialog, G_CONNECT_SWAPPED);
  return G_SOURCE_REMOVE;
}

/* Where words are long, other buttons take the place of the first, below each other, once the dialog has its size. GTK
 * gives the focus to the uppermost of them, which ends the program. */
static void
look_for_cancel (GtkWidget *dialog)
{
  if (gtk_widget_get_mapped (dialog))
    gtk_widget_add_tick_callback (dialog, focus_cancel, NULL, NULL);
}

static char *
format_heading (GPtrArray *sessions)
{
  g_autofree char *title = NULL;
  g_autofree char *shown = NULL;

  if (sessions->len > 1)
    return g_strdup_printf (ngettext ("%u Program Is Running", "%u Programs Are Running", sessions->len),
                            sessions->len);
  g_object_get (sessions->pdata[0], "title", &title, NULL);
  shown = flatline_shown_text_dup (title);
  return g_strdup_printf (_ ("“%s” Is Running"), shown);
}

void
flatline_end_question_ask (
    GtkWindow *window, GPtrArray *sessions, const char *text, FlatlineEndAnswered answered, gpointer user_data)
{
  g_autofree char *heading = format_heading (sessions);
  GtkWidget *dialog = adw_message_dialog_new (window, heading, text);
  Question *question = g_new (Question, 1);

  *question = (Question){ answered, user_data, g_ptr_array_copy (sessions, (GCopyFunc)g_object_ref, NULL) };
  g_ptr_array_set_free_func (question->sessions, g_object_unref);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "close",
                                    ngettext ("_End Program", "_End Programs", sessions->len), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "close", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "flatline-question", question, question_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), window, G_CONNECT_SWAPPED);
  for (guint i = 0; i < sessions->len; i++)
    g_signal_connect_object (sessions->pdata[i], "notify::state", G_CALLBACK (on_state), dialog, G_CONNECT_SWAPPED);
  wrap_heading (dialog, heading);
  gtk_window_present (GTK_WINDOW (dialog));
  look_for_cancel (dialog);
}
