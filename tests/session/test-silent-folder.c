/* SPDX-License-Identifier: MIT */
/*
 * A program whose folder does not answer any more (a FUSE file system that nobody serves, in a mount namespace of its
 * own) is to start again. Needs /dev/fuse and the right to mount, else it is skipped.
 */
#include "flatline-session.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define DEADLINE_S 60
#define N_TURNS    50 /* of a main loop that nothing holds up, in a fraction of what is waited for an answer */

static gboolean
mount_silent (const char *folder)
{
  g_autofree char *options = NULL;
  int device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);

  if (device < 0)
    return FALSE;
  options = g_strdup_printf ("fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, getuid (), getgid ());
  return unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
         && mount ("silent", folder, "fuse", 0, options) == 0;
}

static void
on_message (FlatlineSession *session, const char *level, const char *text, GString *said)
{
  g_string_append (said, text);
}

/* Whoever looks at the window does not wait with it. */
static void
test_restart (void)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  g_autofree char *folder = g_dir_make_tmp ("flatline-silent-XXXXXX", NULL);
  g_autofree char *script = g_build_filename (folder, "script.py", NULL);
  g_autoptr (FlatlineConfig) config = flatline_config_new ();
  g_autoptr (FlatlineSession) session = flatline_session_new (config, NULL);
  g_autoptr (GString) said = g_string_new (NULL);
  guint n_turns = 0;

  if (!mount_silent (folder))
    {
      g_test_skip ("no FUSE file system can be mounted here");
      return;
    }
  flatline_session_set_program (session, (const char *const[]){ script, NULL }, folder);
  g_signal_connect (session, "message", G_CALLBACK (on_message), said);
  flatline_session_restart (session);
  for (; said->len == 0 && g_get_monotonic_time () < deadline_us; n_turns++)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  g_assert_nonnull (strstr (said->str, "does not answer"));
  g_assert_cmpuint (n_turns, >, N_TURNS);
  umount2 (folder, MNT_DETACH);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/silent-folder/restart", test_restart);
  return g_test_run ();
}
