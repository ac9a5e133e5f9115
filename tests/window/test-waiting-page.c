/* SPDX-License-Identifier: MIT */
/* What a tab says before it has threads, source and variables to show, of a real program. */
#include <adwaita.h>

#include "flatline-waiting-page.h"

static const char program[] = "import threading\n"
                              "lock = threading.Lock()\n"
                              "lock.acquire()\n"
                              "lock.acquire()\n";

typedef struct
{
  FlatlineWaitingPage *page;
  gboolean listened;
  gboolean was_frozen;
} Told;

static gboolean
says (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_label (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child) && says (child, text))
      return TRUE;
  return FALSE;
}

/* The state comes first, its snapshot seconds later when there are thousands of threads. */
static void
on_state (FlatlineSession *session, GParamSpec *pspec, Told *told)
{
  const FlatlineSessionState state = flatline_session_get_state (session);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  g_object_get (session, "snapshot", &snapshot, NULL);
  flatline_waiting_page_show_session (told->page, session, FALSE);
  told->listened |= state == FLATLINE_SESSION_RUNNING && says (GTK_WIDGET (told->page), "Listening");
  if (state != FLATLINE_SESSION_FROZEN)
    return;
  g_assert_null (snapshot);
  g_assert_true (says (GTK_WIDGET (told->page), "Reading the Process"));
  g_assert_false (says (GTK_WIDGET (told->page), "Listening"));
  g_assert_false (says (GTK_WIDGET (told->page), "Read _Now"));
  told->was_frozen = TRUE;
}

static void
test_frozen (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-waiting-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "program.py", NULL);
  const char *const argv[] = { path, NULL };
  const char *const rm[] = { "rm", "-rf", folder, NULL };
  g_autoptr (FlatlineConfig) config = flatline_config_new ();
  g_autoptr (FlatlineSession) session = NULL;
  g_autoptr (GError) error = NULL;
  Told told = { .page = g_object_ref_sink (g_object_new (FLATLINE_TYPE_WAITING_PAGE, NULL)) };

  config->log_folder = g_strdup ("");
  session = flatline_session_new (config, NULL);
  g_signal_connect (session, "notify::state", G_CALLBACK (on_state), &told);
  g_assert_true (g_file_set_contents (path, program, -1, NULL));
  flatline_session_set_program (session, argv, folder);
  flatline_session_start (session, &error);
  g_assert_no_error (error);
  while (!told.was_frozen && flatline_session_state_is_live (flatline_session_get_state (session)))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (told.was_frozen);
  g_assert_true (told.listened);
  g_signal_handlers_disconnect_by_data (session, &told);
  flatline_session_shutdown (session, 5000);
  g_object_unref (told.page);
  g_spawn_sync (NULL, (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/window/waiting-page/frozen", test_frozen);
  return g_test_run ();
}
