/* SPDX-License-Identifier: MIT */
/*
 * What is typed is evaluated by the program's agent, as the terminal console's `p` is: in the frame selected in the
 * stack, or, where the program has moved on, in the one that now has its place. Each answer says where that was. Or it
 * is a command of FlatlineLive; calls that are traced are told here. One question at a time; Up and Down bring back
 * what was asked before.
 */
#include "config.h"

#include "flatline-console-pane.h"

#include <glib/gi18n.h>

#include "flatline-live-changes.h"
#include "flatline-live-command.h"
#include "flatline-thread-facts.h"

#define OWN_FRAME   (-1) /* the innermost of the program's own */
#define MAX_ASKED   200
#define MAX_ANSWERS (1024 * 1024) /* characters; what was answered first goes first */

struct _FlatlineConsolePane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  FlatlineFrame *frame;
  GPtrArray *asked; /* char *, oldest first */
  guint browsed;    /* place in asked; its length: what is typed anew */
  gboolean is_waiting;
  GtkWidget *box;
  GtkWidget *entry;
  GtkWidget *button;
  GtkTextView *answers;
  FlatlineLiveChanges *changes;
  gboolean at_end; /* of the answers, in view */
};

G_DEFINE_FINAL_TYPE (FlatlineConsolePane, flatline_console_pane, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  PROP_FRAME,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
update (FlatlineConsolePane *self)
{
  const gboolean lives = self->session && flatline_session_state_is_live (flatline_session_get_state (self->session));

  /* It keeps the focus that it may have. */
  gtk_editable_set_editable (GTK_EDITABLE (self->entry), lives);
  gtk_widget_set_sensitive (self->button,
                            lives && !self->is_waiting && *gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry),
                                  lives ? _ ("Python, or a command, for example: len(queue), trace shop:Cart.add")
                                        : _ ("The program does not run: there is nothing to ask"));
}

static void
on_scrolled (FlatlineConsolePane *self, GtkAdjustment *place)
{
  self->at_end =
      gtk_adjustment_get_value (place) + gtk_adjustment_get_page_size (place) >= gtk_adjustment_get_upper (place) - 1;
}

/* More was said, or a row for what is traced took its height from the answers. */
static void
on_resized (FlatlineConsolePane *self, GtkAdjustment *place)
{
  if (self->at_end)
    gtk_adjustment_set_value (place, gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place));
}

/* With the newest in view. */
static void
say (FlatlineConsolePane *self, const char *text, const char *tag)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->answers);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GtkTextIter start, end;
  int excess;

  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_buffer_insert_with_tags_by_name (buffer, &end, valid, -1, tag, NULL);
  gtk_text_buffer_insert (buffer, &end, "\n", 1);
  excess = gtk_text_buffer_get_char_count (buffer) - MAX_ANSWERS;
  if (excess > 0)
    {
      gtk_text_buffer_get_start_iter (buffer, &start);
      gtk_text_buffer_get_iter_at_offset (buffer, &end, excess);
      gtk_text_iter_forward_line (&end);
      gtk_text_buffer_delete (buffer, &start, &end);
      gtk_text_buffer_get_end_iter (buffer, &end);
    }
  gtk_text_buffer_place_cursor (buffer, &end);
  self->at_end = TRUE;
  gtk_text_view_scroll_to_mark (self->answers, gtk_text_buffer_get_insert (buffer), 0, FALSE, 0, 0);
}

static void
on_evaluated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineConsolePane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *where = NULL;
  g_autofree char *text = flatline_session_evaluate_finish (FLATLINE_SESSION (source), result, &where, &error);
  g_autofree char *place = where ? g_strconcat ("# ", where, NULL) : NULL;

  if (!self->box)
    return;
  self->is_waiting = FALSE;
  if (!text)
    say (self, error->message, "error");
  else if (*text)
    say (self, text, "answer");
  if (place)
    say (self, place, "place");
  update (self);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineConsolePane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = flatline_live_command_finish (FLATLINE_LIVE (source), result, &error);

  if (!self->box)
    return;
  self->is_waiting = FALSE;
  say (self, text ? text : error->message, text ? "place" : "error");
  update (self);
}

static void
on_told (FlatlineConsolePane *self, const char *name, const char *line)
{
  say (self, line, "answer");
}

/* Where the selected frame is: the ident of its thread, and its number there as the agent counts. */
static guint64
find_thread (FlatlineConsolePane *self, int *number)
{
  *number = OWN_FRAME;
  for (guint i = 0; self->snapshot && self->frame && i < flatline_list_length (self->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (self->snapshot->threads, i);
      int n_inner = 0;

      for (guint k = 0; k < flatline_list_length (thread->frames); k++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, k);

          if (frame == self->frame)
            {
              if (frame != flatline_thread_find_place (thread))
                *number = n_inner;
              return thread->ident;
            }
          n_inner += g_strcmp0 (frame->kind, "native") != 0;
        }
    }
  return 0; /* the main thread, as the agent sees it */
}

static void
remember (FlatlineConsolePane *self, const char *source)
{
  if (self->asked->len == 0 || strcmp (self->asked->pdata[self->asked->len - 1], source) != 0)
    g_ptr_array_add (self->asked, g_strdup (source));
  if (self->asked->len > MAX_ASKED)
    g_ptr_array_remove_index (self->asked, 0);
  self->browsed = self->asked->len;
}

static void
on_evaluate (FlatlineConsolePane *self)
{
  g_autofree char *source = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  g_autofree char *line = g_strconcat (">>> ", source, NULL);
  guint64 ident;
  int number;

  if (!*source || !gtk_widget_get_sensitive (self->button))
    return;
  ident = find_thread (self, &number);
  remember (self, source);
  self->is_waiting = TRUE;
  say (self, line, "question");
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  if (flatline_live_is_command (source))
    flatline_live_command_async (flatline_session_get_live (self->session), source, NULL, on_changed,
                                 g_object_ref (self));
  else
    flatline_session_evaluate_async (self->session, ident, number, source, NULL, on_evaluated, g_object_ref (self));
  update (self);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, FlatlineConsolePane *self)
{
  const gboolean back = key == GDK_KEY_Up || key == GDK_KEY_KP_Up;
  const gboolean forth = key == GDK_KEY_Down || key == GDK_KEY_KP_Down;

  if (!(back && self->browsed > 0) && !(forth && self->browsed < self->asked->len))
    return GDK_EVENT_PROPAGATE;
  self->browsed += back ? -1 : 1;
  gtk_editable_set_text (GTK_EDITABLE (self->entry),
                         self->browsed < self->asked->len ? self->asked->pdata[self->browsed] : "");
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
  return GDK_EVENT_STOP;
}

static void
set_session (FlatlineConsolePane *self, FlatlineSession *session)
{
  if (self->session)
    {
      g_signal_handlers_disconnect_by_func (self->session, update, self);
      g_signal_handlers_disconnect_by_func (flatline_session_get_live (self->session), on_told, self);
    }
  g_set_object (&self->session, session);
  if (session)
    {
      g_signal_connect_object (session, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (flatline_session_get_live (session), "told", G_CALLBACK (on_told), self,
                               G_CONNECT_SWAPPED);
    }
  flatline_live_changes_show (self->changes, session ? flatline_session_get_live (session) : NULL);
  update (self);
}

static void
flatline_console_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineConsolePane *self = FLATLINE_CONSOLE_PANE (object);

  switch (id)
    {
    case PROP_SESSION:
      set_session (self, g_value_get_object (value));
      break;
    case PROP_SNAPSHOT:
      g_set_object (&self->snapshot, g_value_get_object (value));
      break;
    case PROP_FRAME:
      g_set_object (&self->frame, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
flatline_console_pane_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (FLATLINE_CONSOLE_PANE (widget)->entry);
}

static void
flatline_console_pane_dispose (GObject *object)
{
  FlatlineConsolePane *self = FLATLINE_CONSOLE_PANE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (flatline_session_get_live (self->session), self);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->frame);
  g_clear_pointer (&self->asked, g_ptr_array_unref);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_console_pane_parent_class)->dispose (object);
}

static void
flatline_console_pane_class_init (FlatlineConsolePaneClass *klass)
{
  const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_console_pane_set_property;
  object_class->dispose = flatline_console_pane_dispose;
  widget_class->grab_focus = flatline_console_pane_grab_focus;
  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, flags);
  properties[PROP_SNAPSHOT] = g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, flags);
  properties[PROP_FRAME] = g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-console-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineConsolePane, box);
  gtk_widget_class_bind_template_child (widget_class, FlatlineConsolePane, entry);
  gtk_widget_class_bind_template_child (widget_class, FlatlineConsolePane, button);
  gtk_widget_class_bind_template_child (widget_class, FlatlineConsolePane, answers);
  gtk_widget_class_bind_template_child (widget_class, FlatlineConsolePane, changes);
  gtk_widget_class_bind_template_callback (widget_class, on_evaluate);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
  gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
flatline_console_pane_init (FlatlineConsolePane *self)
{
  GtkAdjustment *place;
  GtkTextBuffer *buffer;

  g_type_ensure (FLATLINE_TYPE_LIVE_CHANGES);
  self->asked = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  place = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->answers));
  g_signal_connect_object (place, "value-changed", G_CALLBACK (on_scrolled), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (place, "changed", G_CALLBACK (on_resized), self, G_CONNECT_SWAPPED);
  buffer = gtk_text_view_get_buffer (self->answers);
  gtk_text_buffer_create_tag (buffer, "question", "weight", PANGO_WEIGHT_BOLD, NULL);
  gtk_text_buffer_create_tag (buffer, "answer", NULL);
  gtk_text_buffer_create_tag (buffer, "error", "style", PANGO_STYLE_ITALIC, NULL);
  gtk_text_buffer_create_tag (buffer, "place", "scale", PANGO_SCALE_SMALL, NULL);
  update (self);
}
