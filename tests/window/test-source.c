/* SPDX-License-Identifier: MIT */
/* The source of frames in a real window: a text that is shown already stays, and what is drawn has its colours and its
 * place before. */
#include <adwaita.h>
#include <glib/gstdio.h>
#include <gtksourceview/gtksource.h>

#include "flatline-source-pane.h"

#define N_LINES    2000
#define DEADLINE_S 60

static guint n_inserted;
static guint n_colored;
static guint n_colored_in_paint;
static gboolean in_paint;

static void
on_inserted (void)
{
  n_inserted++;
}

/* Others say what a text is: a string, a comment. */
static gboolean
is_color (GtkTextTag *tag)
{
  gboolean set;

  g_object_get (tag, "foreground-set", &set, NULL);
  return set;
}

static void
on_applied (GtkTextBuffer *buffer, GtkTextTag *tag)
{
  n_colored += is_color (tag);
  n_colored_in_paint += in_paint && is_color (tag);
}

static gboolean
on_phase (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer paints)
{
  in_paint = paints != NULL;
  return TRUE;
}

static void
watch_paint (void)
{
  g_signal_add_emission_hook (g_signal_lookup ("paint", GDK_TYPE_FRAME_CLOCK), 0, on_phase, GINT_TO_POINTER (1), NULL);
  g_signal_add_emission_hook (g_signal_lookup ("after-paint", GDK_TYPE_FRAME_CLOCK), 0, on_phase, NULL, NULL);
}

static FlatlineSnapshot *
create_snapshot (const char *const *files)
{
  FlatlineSnapshot *snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);

  for (guint i = 0; files[i]; i++)
    {
      g_autoptr (GString) text = g_string_new ("# a comment\n");

      for (guint line = 1; line < N_LINES; line++)
        g_string_append_printf (text, "def function_%u (): return '%s'\n", line, files[i]);
      flatline_list_append (&snapshot->sources,
                            g_object_new (FLATLINE_TYPE_SOURCE_FILE, "file", files[i], "text", text->str, NULL));
    }
  return snapshot;
}

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (widget), type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static GtkTextView *
show (GtkWidget *pane)
{
  GtkWidget *window = gtk_window_new ();
  GtkTextView *view = GTK_TEXT_VIEW (find (pane, GTK_TYPE_TEXT_VIEW));
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);

  g_signal_connect (buffer, "insert-text", G_CALLBACK (on_inserted), NULL);
  g_signal_connect (buffer, "apply-tag", G_CALLBACK (on_applied), NULL);
  gtk_window_set_child (GTK_WINDOW (window), pane);
  gtk_window_set_default_size (GTK_WINDOW (window), 500, 300);
  gtk_window_present (GTK_WINDOW (window));
  return view;
}

static void
select_frame (GtkWidget *pane, const char *file, gint64 line)
{
  g_autoptr (FlatlineFrame) frame =
      g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", file, "line", line, NULL);

  g_object_set (pane, "frame", frame, NULL);
}

/* The line of the frame. */
static gboolean
is_marked (GtkTextView *view, int line)
{
  GtkTextIter iter;
  g_autoptr (GSList) tags = NULL;
  gboolean marked = FALSE;

  gtk_text_buffer_get_iter_at_line (gtk_text_view_get_buffer (view), &iter, line - 1);
  tags = gtk_text_iter_get_tags (&iter);
  for (GSList *tag = tags; tag && !marked; tag = tag->next)
    g_object_get (tag->data, "paragraph-background-set", &marked, NULL);
  return marked;
}

static gboolean
is_seen (GtkTextView *view, int line)
{
  GdkRectangle seen;
  GtkTextIter iter;
  int y, height;

  gtk_text_buffer_get_iter_at_line (gtk_text_view_get_buffer (view), &iter, line - 1);
  gtk_text_view_get_line_yrange (view, &iter, &y, &height);
  gtk_text_view_get_visible_rect (view, &seen);
  return height > 0 && y >= seen.y && y + height <= seen.y + seen.height;
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_until (GtkTextView *view, gboolean (*condition) (GtkTextView *view, int line), int line)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  guint waking = g_timeout_add (20, wake, NULL);

  while (!condition (view, line) && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (waking);
  g_assert_true (condition (view, line));
}

/* Its “def” is. */
static gboolean
is_colored (GtkTextView *view, int line)
{
  GtkTextIter iter;
  g_autoptr (GSList) tags = NULL;
  gboolean colored = FALSE;

  gtk_text_buffer_get_iter_at_line_offset (gtk_text_view_get_buffer (view), &iter, line - 1, 1);
  tags = gtk_text_iter_get_tags (&iter);
  for (GSList *tag = tags; tag; tag = tag->next)
    colored = colored || is_color (tag->data);
  return colored && is_seen (view, line);
}

static void
test_same_text (void)
{
  const char *const files[] = { "/nowhere/one.py", "/nowhere/two.py", NULL };
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (files);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  GtkTextView *view = show (pane);

  n_inserted = 0;
  select_frame (pane, files[0], 2);
  g_assert_cmpuint (n_inserted, ==, 1);
  g_assert_true (is_marked (view, 2));
  wait_until (view, is_seen, 2);

  select_frame (pane, files[0], 900);
  g_assert_cmpuint (n_inserted, ==, 1);
  g_assert_true (is_marked (view, 900));
  g_assert_false (is_marked (view, 2));
  wait_until (view, is_colored, 900);
  g_assert_cmpuint (n_inserted, ==, 1);

  select_frame (pane, files[1], 900);
  g_assert_cmpuint (n_inserted, ==, 2);
  wait_until (view, is_colored, 900);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

/* Lines that were gone through before they came into view have their colours before they are drawn. */
static void
test_colors_before_paint (void)
{
  const char *const files[] = { "/nowhere/one.py", "/nowhere/two.py", NULL };
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (files);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  GtkTextView *view = show (pane);

  /* The whole first text is taken to be in view, before there is one. */
  select_frame (pane, files[0], 2);
  wait_until (view, is_colored, 2);
  select_frame (pane, files[1], N_LINES - 20);
  wait_until (view, is_colored, N_LINES - 20);
  n_colored = n_colored_in_paint = 0;
  for (int line = 1007; line > 100; line -= 100)
    {
      select_frame (pane, files[1], line);
      wait_until (view, is_colored, line);
    }
  g_assert_cmpuint (n_colored, >, 9);
  g_assert_cmpuint (n_colored_in_paint, ==, 0);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

/* GtkSourceView's own step goes through as many lines as ten milliseconds are enough for. */
static void
on_read (GtkSourceBuffer *buffer, GtkTextIter *start, GtkTextIter *end, int *most)
{
  *most = MAX (*most, gtk_text_iter_get_line (end) - gtk_text_iter_get_line (start));
}

static void
test_read_in_short_steps (void)
{
  const char *const files[] = { "/nowhere/one.py", "/nowhere/two.py", NULL };
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (files);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  GtkTextView *view = show (pane);
  int most = 0;

  g_signal_connect (gtk_text_view_get_buffer (view), "highlight-updated", G_CALLBACK (on_read), &most);
  for (guint i = 0; files[i]; i++)
    {
      select_frame (pane, files[i], N_LINES - 20);
      wait_until (view, is_colored, N_LINES - 20);
    }
  g_assert_cmpint (most, >, 0);
  g_assert_cmpint (most, <=, 21);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

/* Where GtkSourceView looks for a language first. */
static char *
dup_rules_file (void)
{
  return g_build_filename (g_get_user_data_dir (), "gtksourceview-5", "language-specs", "python3.lang", NULL);
}

static void
put_rules (void)
{
  g_autofree char *file = dup_rules_file ();
  g_autofree char *folder = g_path_get_dirname (file);
  GtkSourceLanguageManager *manager = gtk_source_language_manager_get_default ();
  const char *const *places = gtk_source_language_manager_get_search_path (manager);
  g_autofree char *rules = NULL;
  gsize length;

  for (guint i = 0; places[i] && !rules; i++)
    {
      g_autofree char *name = g_build_filename (places[i], "python3.lang", NULL);
      g_autoptr (GFile) installed = g_file_new_for_commandline_arg (name); /* newer libraries have it as a resource */

      g_file_load_contents (installed, NULL, &rules, &length, NULL, NULL);
    }
  g_assert_nonnull (rules);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, rules, (gssize)length, NULL));
}

/* What was compiled stays, though a frame without source comes between: the rules are not read again. */
static void
test_rules_stay (void)
{
  const char *const files[] = { "/nowhere/one.py", "/nowhere/two.py", NULL };
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (files);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  GtkTextView *view = show (pane);
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (view));
  g_autofree char *file = dup_rules_file ();

  select_frame (pane, files[0], 20);
  wait_until (view, is_colored, 20);
  g_object_set (pane, "frame", NULL, NULL);
  while (gtk_source_buffer_get_language (buffer))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_unlink (file), ==, 0);
  select_frame (pane, files[1], 20);
  wait_until (view, is_colored, 20);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

static void
test_text_goes (void)
{
  const char *const files[] = { "/nowhere/one.py", NULL };
  g_autoptr (FlatlineSnapshot) snapshot = create_snapshot (files);
  GtkWidget *pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  GtkTextView *view = show (pane);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);

  select_frame (pane, files[0], 20);
  wait_until (view, is_colored, 20);
  g_object_add_weak_pointer (G_OBJECT (buffer), (gpointer *)&buffer);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
  g_assert_null (buffer);
}

/* Where the first letter of a line is. */
static int
get_line_x (GtkTextView *view, int line)
{
  GdkRectangle place;
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_line (gtk_text_view_get_buffer (view), &iter, line - 1);
  gtk_text_view_get_iter_location (view, &iter, &place);
  return place.x;
}

static char *
dup_span (GtkTextView *view)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter end;
  g_autoptr (GString) span = g_string_new (NULL);

  gtk_text_buffer_get_end_iter (buffer, &end);
  for (GtkTextIter at = end; gtk_text_iter_backward_char (&at);)
    {
      g_autoptr (GSList) tags = gtk_text_iter_get_tags (&at);

      for (GSList *tag = tags; tag; tag = tag->next)
        {
          gboolean set;

          g_object_get (tag->data, "background-set", &set, NULL);
          if (set)
            g_string_prepend_unichar (span, gtk_text_iter_get_char (&at));
        }
    }
  return g_string_free (g_steal_pointer (&span), FALSE);
}

static void
on_text_read (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **)text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static gboolean
has_place (GtkTextView *view, int line)
{
  return is_seen (view, line) && gtk_widget_get_width (GTK_WIDGET (view)) > 300;
}

/* A line of Hebrew begins at the left as all do; the span is that of the program, and copied is what the file has. */
static void
test_letters_from_the_right (void)
{
  static const char text[] = "def f ():\n    # שלום\nשעון(\"דוד\")\n\n";
  g_autoptr (FlatlineSnapshot) snapshot = g_object_new (FLATLINE_TYPE_SNAPSHOT, NULL);
  g_autoptr (FlatlineFrame) frame =
      g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "file", "/nowhere/he.py", "line", (gint64)3, "end-line",
                    (gint64)3, "column", (gint64)1, "end-column", (gint64)5, NULL);
  GtkWidget *pane;
  GtkTextView *view;
  g_autofree char *span = NULL;
  g_autofree char *copied = NULL;

  flatline_list_append (&snapshot->sources,
                        g_object_new (FLATLINE_TYPE_SOURCE_FILE, "file", "/nowhere/he.py", "text", text, NULL));
  pane = g_object_new (FLATLINE_TYPE_SOURCE_PANE, "snapshot", snapshot, NULL);
  view = show (pane);
  g_object_set (pane, "frame", frame, NULL);
  wait_until (view, has_place, 3);
  g_assert_cmpint (get_line_x (view, 2), ==, get_line_x (view, 1));
  g_assert_cmpint (get_line_x (view, 3), ==, get_line_x (view, 1));
  span = dup_span (view);
  g_assert_cmpstr (span, ==, "שעון");
  g_signal_emit_by_name (view, "select-all", TRUE);
  g_signal_emit_by_name (view, "copy-clipboard");
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (view)), NULL, on_text_read, &copied);
  while (!copied)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (copied, ==, text);
  gtk_window_destroy (GTK_WINDOW (gtk_widget_get_root (pane)));
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-XXXXXX", NULL);

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no screen\n");
      return 0;
    }
  adw_init ();
  put_rules ();
  watch_paint ();
  g_test_add_func ("/window/source/rules-stay", test_rules_stay);
  g_test_add_func ("/window/source/same-text", test_same_text);
  g_test_add_func ("/window/source/colors-before-paint", test_colors_before_paint);
  g_test_add_func ("/window/source/read-in-short-steps", test_read_in_short_steps);
  g_test_add_func ("/window/source/text-goes", test_text_goes);
  g_test_add_func ("/window/source/letters-from-the-right", test_letters_from_the_right);
  return g_test_run ();
}
