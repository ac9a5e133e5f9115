/* SPDX-License-Identifier: MIT */
/*
 * File systems that never answer: a child mounts a FUSE file system in a mount namespace of its own and serves nobody.
 * Whoever asks here must get an answer all the same. Needs /dev/fuse and the right to mount, else it is skipped.
 */
#include "flatline-mounts.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_local (void)
{
  g_assert_true (flatline_path_answers (0, "/proc/self/stat"));
  g_assert_true (flatline_path_answers (getpid (), "/"));
  g_assert_true (flatline_path_answers (getpid (), "/no/such/file"));
  g_assert_true (flatline_path_answers (getpid (), "relative"));
  g_assert_null (flatline_path_dup_file_system (getpid (), "/proc/self"));
}

/* Tells by one byte whether it has mounted; then lives until it is killed. */
static void
be_silent (const char *folder, int told)
{
  char options[128];
  int device;
  char answer = 'n';

  if (unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
    {
      device = open ("/dev/fuse", O_RDWR);
      g_snprintf (options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, getuid (), getgid ());
      if (device >= 0 && mount ("silent", folder, "fuse", 0, options) == 0)
        answer = 'y';
    }
  if (write (told, &answer, 1) == 1)
    pause ();
  _exit (0);
}

static void
test_silent (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-mounts-XXXXXX", NULL);
  g_autofree char *mounted = g_build_filename (folder, "mounted", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *below = g_build_filename (mounted, "some", "file.py", NULL);
  g_autofree char *through_link = g_build_filename (link, "file.py", NULL);
  g_autofree char *text = NULL;
  char answer = 'n';
  int ends[2];
  pid_t child;

  g_assert_cmpint (g_mkdir (mounted, 0700), ==, 0);
  g_assert_cmpint (symlink ("mounted", link), ==, 0);
  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    be_silent (mounted, ends[1]);
  g_assert_cmpint (read (ends[0], &answer, 1), ==, 1);
  if (answer == 'y')
    {
      g_assert_false (flatline_path_answers (child, below));
      g_assert_false (flatline_path_answers (child, mounted));
      g_assert_false (flatline_path_answers (child, through_link));
      /* What does not answer does not hold up the rest. */
      g_assert_true (flatline_path_answers (child, folder));
      g_assert_true (flatline_path_answers (child, "/proc/self/stat"));
      /* It is mounted there for the child alone. */
      g_assert_true (flatline_path_answers (getpid (), below));
      text = flatline_path_dup_file_system (child, below);
      g_assert_nonnull (text);
      g_assert_nonnull (strstr (text, "fuse"));
      g_assert_nonnull (strstr (text, mounted));
    }
  else
    g_test_skip ("no FUSE file system can be mounted here");
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  close (ends[0]);
  close (ends[1]);
  g_unlink (link);
  g_rmdir (mounted);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/mounts/local", test_local);
  g_test_add_func ("/system/mounts/silent", test_silent);
  return g_test_run ();
}
