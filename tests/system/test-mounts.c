/* SPDX-License-Identifier: MIT */
/*
 * File systems that never answer: a child mounts a FUSE file system in a mount namespace of its own and serves nobody,
 * or answers all but reads.
 * Whoever asks here must get an answer all the same. Needs /dev/fuse and the right to mount, else it is skipped.
 */
#include "flatline-mounts.h"
#include "flatline-true-path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

#define FILE_NODE 2

static void
reply (int device, guint64 unique, int failure, const void *data, gsize length)
{
  struct fuse_out_header header = { .len = sizeof header + length, .error = -failure, .unique = unique };
  struct iovec parts[] = { { &header, sizeof header }, { (gpointer)data, length } };

  /* Who asked may not have waited for it. */
  if (writev (device, parts, 2) < 0 && errno != ENOENT)
    _exit (1);
}

/* Has one file, "file", and says all there is to say of it; whoever reads from it waits for ever. */
static void
serve_without_data (int device)
{
  static char request[FUSE_MIN_READ_BUFFER + 65536];
  struct fuse_attr attributes = { .ino = FUSE_ROOT_ID, .mode = S_IFDIR | 0755, .nlink = 1, .size = 100 };

  while (read (device, request, sizeof request) > 0)
    {
      const struct fuse_in_header *header = (gpointer)request;
      const gboolean is_known = strcmp (request + sizeof *header, "file") == 0;

      attributes.ino = header->opcode == FUSE_LOOKUP ? FILE_NODE : header->nodeid;
      attributes.mode = attributes.ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
      if (header->opcode == FUSE_INIT)
        reply (device, header->unique, 0,
               &(struct fuse_init_out){ .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536 },
               sizeof (struct fuse_init_out));
      else if (header->opcode == FUSE_STATFS)
        reply (device, header->unique, 0, &(struct fuse_statfs_out){ 0 }, sizeof (struct fuse_statfs_out));
      else if (header->opcode == FUSE_LOOKUP && is_known)
        reply (device, header->unique, 0, &(struct fuse_entry_out){ .nodeid = FILE_NODE, .attr = attributes },
               sizeof (struct fuse_entry_out));
      else if (header->opcode == FUSE_GETATTR)
        reply (device, header->unique, 0, &(struct fuse_attr_out){ .attr = attributes }, sizeof (struct fuse_attr_out));
      else if (header->opcode == FUSE_OPEN)
        reply (device, header->unique, 0, &(struct fuse_open_out){ 0 }, sizeof (struct fuse_open_out));
      else if (header->opcode != FUSE_READ && header->opcode != FUSE_FORGET)
        reply (device, header->unique, header->opcode == FUSE_LOOKUP ? ENOENT : ENOSYS, NULL, 0);
    }
  _exit (0);
}

/* On a busy machine a server that answers may take longer than it is waited for. */
static gboolean
answers_at_last (const char *file, gboolean reads)
{
  for (int i = 0; i < 200; i++, g_usleep (100000))
    if (reads ? flatline_file_answers (0, file, NULL) : flatline_path_answers (0, file))
      return TRUE;
  return FALSE;
}

/* In a mount namespace of its own; the status is 0, 77 when nothing can be mounted, else the question that failed. */
static void
ask_for_files (const char *folder)
{
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autoptr (GError) error = NULL;
  char options[128];
  const int device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);
  pid_t server;
  int failed = 0;
  gint64 begun_us;

  g_snprintf (options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, getuid (), getgid ());
  if (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || device < 0
      || mount ("dataless", folder, "fuse", 0, options) != 0)
    _exit (77);
  server = fork ();
  if (server == 0)
    serve_without_data (device);
  if (!answers_at_last (file, FALSE))
    failed = 1;
  else if (!answers_at_last (missing, TRUE))
    failed = 2;
  else if (flatline_file_answers (0, file, &error) || !error || !strstr (error->message, file))
    failed = 3;
  begun_us = g_get_monotonic_time ();
  /* Not waited for once more, and what is elsewhere is read. */
  if (!failed && (flatline_file_answers (getpid (), file, NULL) || !flatline_file_answers (0, "/proc/self/stat", NULL)))
    failed = 4;
  g_test_message ("asked again in %" G_GINT64_FORMAT " us", g_get_monotonic_time () - begun_us);
  /* The child that reads goes with its server; nothing of this process waits for it. */
  kill (server, SIGKILL);
  _exit (failed);
}

static void
test_no_data (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-mounts-XXXXXX", NULL);
  const pid_t child = fork ();
  int status = 0;

  if (child == 0)
    ask_for_files (folder);
  waitpid (child, &status, 0);
  g_rmdir (folder);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) == 77)
    g_test_skip ("no FUSE file system can be mounted here");
  else
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* As Python and g_utf8_make_valid() tell it: a mark for each byte that is no text. */
static void
test_true_path (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-mounts-XXXXXX", NULL);
  g_autofree char *inner = g_build_filename (folder, "caf\351", NULL);
  g_autofree char *script = g_build_filename (inner, "\377\376.py", NULL);
  g_autofree char *told = g_build_filename (folder, "caf\357\277\275", "\357\277\275\357\277\275.py", NULL);
  g_autofree char *other = g_build_filename (inner, "\376\376.py", NULL);
  g_autofree char *found = NULL, *nowhere = NULL, *below = NULL, *of_two = NULL;

  g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);
  g_assert_true (g_file_set_contents (script, "", 0, NULL));
  found = flatline_true_path_dup ("", told);
  g_assert_cmpstr (found, ==, script);
  below = flatline_true_path_dup (folder, told + strlen (folder));
  g_assert_cmpstr (below, ==, script);
  g_assert_true (g_file_set_contents (other, "", 0, NULL));
  of_two = flatline_true_path_dup ("", told);
  g_assert_false (g_file_test (of_two, G_FILE_TEST_EXISTS));
  nowhere = flatline_true_path_dup ("", "/no/such/\357\277\275");
  g_assert_cmpstr (nowhere, ==, "/no/such/\357\277\275");
  g_unlink (script);
  g_unlink (other);
  g_rmdir (inner);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Its child would inherit the question that another test has put to a file system, whose device number its own gets
   * next, but not the thread that waits for the answer. */
  g_test_add_func ("/system/mounts/no-data", test_no_data);
  g_test_add_func ("/system/mounts/local", test_local);
  g_test_add_func ("/system/mounts/silent", test_silent);
  g_test_add_func ("/system/mounts/true-path", test_true_path);
  return g_test_run ();
}
