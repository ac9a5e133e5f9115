/* SPDX-License-Identifier: MIT */
/*
 * To colour a line all lines before it have to be gone through. GtkSourceView does that in a step of 10 ms before the
 * next frame and in steps of 30 ms when there is nothing else to do, and puts colours on lines as they are drawn. Here
 * it is done in shorter steps, for which its own are put off until nothing is left to them, and the lines that come
 * into view have theirs, and are laid out, before the frame.
 */
#include "config.h"

#include "flatline-source-colors.h"

#include "flatline-turn.h"

/* After GtkTextView has measured the lines in view (GTK_PRIORITY_RESIZE - 2), before frames. */
#define VIEW_PRIORITY (GDK_PRIORITY_REDRAW - 1)

#define RULES "flatline-rules" /* of a language */

#define MIN_LINE_PX 6  /* no line is lower: those that were not measured have no height */
#define N_AT_ONCE   20 /* lines: a millisecond or so */

struct _FlatlineSourceColors
{
  GObject parent_instance;
  GtkTextView *view; /* borrowed */
  char *file;        /* whose text is shown, NULL: a word */
  int n_read;        /* lines that were gone through */
  guint read_source; /* sources of the main loop; 0: none */
  guint color_source;
  guint lay_out_source;
  int laid_out; /* the lines in view above this one are; -1: none yet */
};

G_DEFINE_FINAL_TYPE (FlatlineSourceColors, flatline_source_colors, G_TYPE_OBJECT)

/* The head of each language is read, some hundred files, before any can be named: in a worker, once. */
static GtkSourceLanguageManager *languages;

static GtkSourceBuffer *
get_buffer (FlatlineSourceColors *self)
{
  return GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (self->view));
}

/* Languages */

static GtkSourceLanguage *
find_language (const char *file)
{
  if (!file)
    return NULL;
  if (g_str_has_suffix (file, ".py") || g_str_has_suffix (file, ".pyw"))
    return gtk_source_language_manager_get_language (languages, "python3");
  return gtk_source_language_manager_guess_language (languages, file, NULL);
}

/* Sources of the main loop are numbered as they come. */
static guint
take_source_number (void)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  const guint number = g_source_attach (source, NULL);

  g_source_destroy (source);
  return number;
}

/* The step that GtkSourceView takes before frames: it is the only work of this priority, which is not for steps. */
static void
put_off_steps_since (guint first)
{
  const guint end = take_source_number ();

  for (guint number = first + 1; number < end; number++)
    {
      GSource *source = g_main_context_find_source_by_id (NULL, number);

      if (source && g_source_get_priority (source) == G_PRIORITY_HIGH_IDLE)
        g_source_set_priority (source, G_PRIORITY_LOW);
    }
}

/* The end of the last line of some is coloured, for which all before it are gone through. */
static void
read_some (FlatlineSourceColors *self)
{
  GtkTextIter start, end;

  self->n_read += N_AT_ONCE;
  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (get_buffer (self)), &start, self->n_read - 1);
  end = start;
  gtk_text_iter_forward_line (&end);
  gtk_source_buffer_ensure_highlight (get_buffer (self), &start, &end);
}

static gboolean
read_lines (gpointer user_data)
{
  FlatlineSourceColors *self = user_data;
  const int n_lines = gtk_text_buffer_get_line_count (GTK_TEXT_BUFFER (get_buffer (self)));

  while (self->n_read < n_lines)
    {
      read_some (self);
      if (flatline_turn_is_over ())
        return G_SOURCE_CONTINUE;
    }
  self->read_source = 0;
  return G_SOURCE_REMOVE;
}

/* The rules of a language are compiled for the first buffer, and go with the last one: each has one that stays. */
static void
keep_rules (GtkSourceLanguage *language)
{
  if (!g_object_get_data (G_OBJECT (language), RULES))
    g_object_set_data_full (G_OBJECT (language), RULES, gtk_source_buffer_new_with_language (language), g_object_unref);
}

/* After the text is there: the first time, a language's rules are compiled, which is work of its own. */
static gboolean
set_language (gpointer user_data)
{
  FlatlineSourceColors *self = user_data;
  GtkSourceLanguage *language = find_language (self->file);
  const guint before = take_source_number ();

  gtk_source_buffer_set_language (get_buffer (self), language);
  put_off_steps_since (before);
  if (language)
    keep_rules (language);
  self->read_source = language ? g_idle_add (read_lines, self) : 0;
  return G_SOURCE_REMOVE;
}

static void
start_over (FlatlineSourceColors *self)
{
  self->n_read = 0;
  g_clear_handle_id (&self->read_source, g_source_remove);
  if (languages && self->view)
    self->read_source = g_idle_add (set_language, self);
}

static void
read_languages (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GtkSourceLanguageManager *read = gtk_source_language_manager_new ();

  gtk_source_language_manager_get_language (read, "python3");
  g_task_return_pointer (task, read, g_object_unref);
}

static void
on_languages_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GtkSourceLanguageManager *read = g_task_propagate_pointer (G_TASK (result), NULL);

  if (languages)
    g_object_unref (read);
  else
    languages = read;
  start_over (FLATLINE_SOURCE_COLORS (source));
}

static void
prepare_languages (FlatlineSourceColors *self)
{
  g_autoptr (GTask) task = NULL;

  if (languages)
    return;
  g_type_ensure (GTK_SOURCE_TYPE_LANGUAGE);
  task = g_task_new (self, NULL, on_languages_read, NULL);
  g_task_run_in_thread (task, read_languages);
}

/* Lines in view */

/* Returns: the line after the last one, counted from 0. */
static int
get_lines_in_view (FlatlineSourceColors *self, GtkTextIter *start)
{
  GdkRectangle view;
  GtkTextIter end;

  gtk_text_view_get_visible_rect (self->view, &view);
  gtk_text_view_get_line_at_y (self->view, start, view.y, NULL);
  gtk_text_view_get_line_at_y (self->view, &end, view.y + view.height, NULL);
  return MIN (gtk_text_iter_get_line (&end), gtk_text_iter_get_line (start) + view.height / MIN_LINE_PX) + 1;
}

/* GTK keeps what it laid out, and asks for it again when it draws. */
static gboolean
lay_out (gpointer user_data)
{
  FlatlineSourceColors *self = user_data;
  GtkTextIter line;
  const int end = get_lines_in_view (self, &line);

  if (gtk_text_iter_get_line (&line) < self->laid_out)
    gtk_text_iter_set_line (&line, self->laid_out);
  do
    {
      GdkRectangle place;

      gtk_text_view_get_iter_location (self->view, &line, &place);
      self->laid_out = gtk_text_iter_get_line (&line) + 1;
    }
  while (gtk_text_iter_forward_line (&line) && self->laid_out < end && !flatline_turn_is_over ());
  if (self->laid_out < end && !gtk_text_iter_is_end (&line))
    return G_SOURCE_CONTINUE;
  self->lay_out_source = 0;
  return G_SOURCE_REMOVE;
}

static void
queue_lay_out (FlatlineSourceColors *self)
{
  self->laid_out = -1;
  if (!self->lay_out_source && gtk_widget_get_mapped (GTK_WIDGET (self->view)))
    self->lay_out_source = g_idle_add_full (VIEW_PRIORITY, lay_out, self, NULL);
}

/* Where the colours are not known yet, GtkSourceView puts them on the lines in view when they are. */
static gboolean
color (gpointer user_data)
{
  FlatlineSourceColors *self = user_data;
  GtkTextIter start, end;
  const int end_line = get_lines_in_view (self, &start);

  self->color_source = 0;
  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (get_buffer (self)), &end, end_line);
  if (end_line <= self->n_read)
    gtk_source_buffer_ensure_highlight (get_buffer (self), &start, &end);
  queue_lay_out (self);
  return G_SOURCE_REMOVE;
}

static void
queue_color (FlatlineSourceColors *self)
{
  if (!self->color_source && gtk_widget_get_mapped (GTK_WIDGET (self->view)))
    self->color_source = g_idle_add_full (VIEW_PRIORITY, color, self, NULL);
}

static void
flatline_source_colors_dispose (GObject *object)
{
  FlatlineSourceColors *self = FLATLINE_SOURCE_COLORS (object);

  g_clear_handle_id (&self->read_source, g_source_remove);
  g_clear_handle_id (&self->color_source, g_source_remove);
  g_clear_handle_id (&self->lay_out_source, g_source_remove);
  g_clear_pointer (&self->file, g_free);
  self->view = NULL;
  G_OBJECT_CLASS (flatline_source_colors_parent_class)->dispose (object);
}

static void
flatline_source_colors_class_init (FlatlineSourceColorsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_source_colors_dispose;
}

static void
flatline_source_colors_init (FlatlineSourceColors *self)
{
}

FlatlineSourceColors *
flatline_source_colors_new (GtkSourceView *view)
{
  FlatlineSourceColors *self = g_object_new (FLATLINE_TYPE_SOURCE_COLORS, NULL);
  GtkAdjustment *down = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));

  self->view = GTK_TEXT_VIEW (view);
  g_signal_connect_object (down, "value-changed", G_CALLBACK (queue_color), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (down, "changed", G_CALLBACK (queue_color), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_buffer (self), "changed", G_CALLBACK (queue_lay_out), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_buffer (self), "apply-tag", G_CALLBACK (queue_lay_out), self, G_CONNECT_SWAPPED);
  prepare_languages (self);
  return self;
}

void
flatline_source_colors_show (FlatlineSourceColors *self, const char *file, const char *text)
{
  const guint before = take_source_number ();

  g_free (self->file);
  self->file = g_strdup (file);
  gtk_text_buffer_set_text (GTK_TEXT_BUFFER (get_buffer (self)), text, -1);
  put_off_steps_since (before);
  start_over (self);
}
