/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOutputPane: what the program prints, as a terminal shows it, and where a person answers input(). Errors of
 * stderr are red, what Flatline says itself is dim. Without a session it shows the output a snapshot has kept.
 */
#include "config.h"

#include "flatline-output-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "flatline-error-text.h"
#include "flatline-find-bar.h"
#include "flatline-still.h"
#include "flatline-terminal.h"
#include "flatline-toast.h"
#include "flatline-tools-layout.h"

/* PCRE2_CASELESS | PCRE2_MULTILINE: pcre2.h is not needed for two numbers that are its ABI. */
#define SEARCH_FLAGS (0x00000008u | 0x00000400u)

/* Grey on both grounds; what VTE makes of "dim" is as dark as the rest on a light one. */
#define NOTE_STYLE "90"

struct _FlatlineOutputPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  FlatlineTerminal *terminal;
  FlatlineErrorText *error_text;
  GtkWidget *box;
  FlatlineFindBar *find_bar;
  GtkFileChooserNative *chooser;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineOutputPane, flatline_output_pane, GTK_TYPE_WIDGET)

/* On a line of its own, whatever the program has begun to say. */
static void
feed_line (FlatlineOutputPane *self, const char *style, const char *line)
{
  g_autofree char *text = NULL;

  flatline_error_text_settle (self->error_text);
  text = g_strdup_printf ("\033[0m%s\033[%sm%s\033[0m\n", flatline_terminal_is_amid_line (self->terminal) ? "\n" : "",
                          style, line);
  flatline_terminal_feed_text (self->terminal, text, strlen (text));
}

static void
show_error_text (gpointer user_data, const char *text, gsize length, gboolean is_error)
{
  FlatlineOutputPane *self = user_data;

  if (is_error)
    flatline_terminal_feed_codes (self->terminal, "\033[31m");
  flatline_terminal_feed_text (self->terminal, text, length);
  if (is_error)
    flatline_terminal_feed_codes (self->terminal, "\033[39m");
}

static void
on_output (FlatlineOutputPane *self, const char *stream, GBytes *data)
{
  gsize length;
  const char *text = g_bytes_get_data (data, &length);

  if (g_strcmp0 (stream, "stderr") == 0)
    flatline_error_text_add (self->error_text, text, length);
  else
    {
      flatline_error_text_settle (self->error_text);
      flatline_terminal_feed_text (self->terminal, text, length);
    }
}

/* Set apart from what the program says, which may be the same: it prints its exceptions, too. */
static void
on_message (FlatlineOutputPane *self, const char *level, const char *line)
{
  g_autofree char *marked = g_strdup_printf ("── %s ──", line);

  feed_line (self, g_strcmp0 (level, "info") == 0 ? NOTE_STYLE : "33", marked);
}

static void
on_state_changed (FlatlineOutputPane *self, int state, const char *cause)
{
  vte_terminal_set_input_enabled (VTE_TERMINAL (self->terminal), state != FLATLINE_SESSION_IDLE
                                                                     && state != FLATLINE_SESSION_EXITED
                                                                     && state != FLATLINE_SESSION_CRASHED);
  if (state == FLATLINE_SESSION_STARTING)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      g_autofree char *time = g_date_time_format (now, "%T");
      g_autofree char *line = g_strdup_printf (_ ("── started %s ──"), time);

      feed_line (self, NOTE_STYLE, line);
      flatline_session_set_terminal_size (self->session, vte_terminal_get_column_count (VTE_TERMINAL (self->terminal)),
                                          vte_terminal_get_row_count (VTE_TERMINAL (self->terminal)));
    }
}

static void
on_exited (FlatlineOutputPane *self, int exit_status, int exit_signal)
{
  g_autofree char *line =
      exit_signal ? g_strdup_printf (_ ("── ended by signal %d (%s) ──"), exit_signal, g_strsignal (exit_signal))
                  : g_strdup_printf (_ ("── exited with status %d ──"), exit_status);

  feed_line (self, NOTE_STYLE, line);
}

static void
on_commit (FlatlineOutputPane *self, const char *text, guint length)
{
  if (self->session)
    flatline_session_write_input (self->session, text, length);
}

static void
on_size_changed (FlatlineOutputPane *self, int columns, int rows)
{
  if (self->session)
    flatline_session_set_terminal_size (self->session, columns, rows);
}

static gboolean
on_find (FlatlineOutputPane *self, const char *text, int step)
{
  VteTerminal *terminal = VTE_TERMINAL (self->terminal);
  g_autofree char *pattern = g_regex_escape_string (text, -1);
  VteRegex *regex = *text && step == 0 ? vte_regex_new_for_search (pattern, -1, SEARCH_FLAGS, NULL) : NULL;

  if (step == 0)
    vte_terminal_search_set_regex (terminal, regex, 0);
  vte_terminal_search_set_wrap_around (terminal, TRUE);
  if (regex)
    vte_regex_unref (regex);
  if (!*text)
    return FALSE;
  /* The newest is at the end, where a search begins. */
  return step < 1 ? vte_terminal_search_find_previous (terminal) : vte_terminal_search_find_next (terminal);
}

static void
find_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  flatline_find_bar_ask (FLATLINE_OUTPUT_PANE (widget)->find_bar);
}

static void
on_copy (FlatlineOutputPane *self)
{
  VteTerminal *terminal = VTE_TERMINAL (self->terminal);
  gboolean had_selection = vte_terminal_get_has_selection (terminal);

  if (!had_selection)
    vte_terminal_select_all (terminal);
  vte_terminal_copy_clipboard_format (terminal, VTE_FORMAT_TEXT);
  if (!had_selection)
    vte_terminal_unselect_all (terminal);
}

static void
on_clear (FlatlineOutputPane *self)
{
  flatline_terminal_clear (self->terminal);
}

static void
on_save_response (FlatlineOutputPane *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autoptr (GFileOutputStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && file)
    {
      stream = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
      if (stream)
        vte_terminal_write_contents_sync (VTE_TERMINAL (self->terminal), G_OUTPUT_STREAM (stream), VTE_WRITE_DEFAULT,
                                          NULL, &error);
      if (!error)
        g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, &error);
      flatline_toast_say (GTK_WIDGET (self), error ? error->message : _ ("Output saved"));
    }
  g_clear_object (&self->chooser);
}

static void
on_save (FlatlineOutputPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->chooser)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Save Output"), GTK_WINDOW (root), GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _ ("_Save"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), "output.txt");
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (on_save_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
set_session (FlatlineOutputPane *self, FlatlineSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  if (!session)
    return;
  g_signal_connect_object (session, "output", G_CALLBACK (on_output), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "message", G_CALLBACK (on_message), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "state-changed", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "exited", G_CALLBACK (on_exited), self, G_CONNECT_SWAPPED);
}

static void
set_snapshot (FlatlineOutputPane *self, FlatlineSnapshot *snapshot)
{
  if (!g_set_object (&self->snapshot, snapshot) || self->session || !snapshot)
    return;
  flatline_terminal_clear (self->terminal);
  vte_terminal_set_input_enabled (VTE_TERMINAL (self->terminal), FALSE);
  if (snapshot->output_tail && *snapshot->output_tail)
    flatline_terminal_feed_text (self->terminal, snapshot->output_tail, strlen (snapshot->output_tail));
  else
    feed_line (self, "2",
               snapshot->output_tail ? _ ("The program had printed nothing.") : _ ("Its output was not recorded."));
}

static void
flatline_output_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineOutputPane *self = FLATLINE_OUTPUT_PANE (object);

  if (id == PROP_SESSION)
    set_session (self, g_value_get_object (value));
  else
    set_snapshot (self, g_value_get_object (value));
}

static void
flatline_output_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineOutputPane *self = FLATLINE_OUTPUT_PANE (object);

  g_value_set_object (value, id == PROP_SESSION ? (gpointer)self->session : (gpointer)self->snapshot);
}

static gboolean
flatline_output_pane_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (FLATLINE_OUTPUT_PANE (widget)->terminal));
}

static void
flatline_output_pane_dispose (GObject *object)
{
  FlatlineOutputPane *self = FLATLINE_OUTPUT_PANE (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_pointer (&self->error_text, flatline_error_text_free);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_output_pane_parent_class)->dispose (object);
}

static void
flatline_output_pane_class_init (FlatlineOutputPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_output_pane_set_property;
  object_class->get_property = flatline_output_pane_get_property;
  object_class->dispose = flatline_output_pane_dispose;
  widget_class->grab_focus = flatline_output_pane_grab_focus;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FLATLINE_TYPE_FIND_BAR);
  g_type_ensure (FLATLINE_TYPE_STILL);
  g_type_ensure (FLATLINE_TYPE_TERMINAL);
  g_type_ensure (FLATLINE_TYPE_TOOLS_LAYOUT);
  gtk_widget_class_install_action (widget_class, "pane.find", NULL, find_activated);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-output-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineOutputPane, box);
  gtk_widget_class_bind_template_child (widget_class, FlatlineOutputPane, terminal);
  gtk_widget_class_bind_template_child (widget_class, FlatlineOutputPane, find_bar);
  gtk_widget_class_bind_template_callback (widget_class, on_commit);
  gtk_widget_class_bind_template_callback (widget_class, on_size_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_find);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_clear);
}

static void
flatline_output_pane_init (FlatlineOutputPane *self)
{
  self->error_text = flatline_error_text_new (show_error_text, self);
  gtk_widget_init_template (GTK_WIDGET (self));
}
