/* SPDX-License-Identifier: MIT */
#include "small-disk.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

/* In a name space of this process's own, so that nothing stays mounted when it is killed; once, before any thread. */
void
small_disk_prepare (void)
{
  if (unshare (CLONE_NEWNS) == 0)
    mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

gboolean
small_disk_mount (SmallDisk *self, guint megabytes)
{
  g_autofree char *options = g_strdup_printf ("size=%um,mode=0700", megabytes);

  self->folder = g_dir_make_tmp ("fl-disk-XXXXXX", NULL);
  self->balloon = g_build_filename (self->folder, "balloon", NULL);
  if (mount ("tmpfs", self->folder, "tmpfs", 0, options) == 0)
    return TRUE;
  g_test_skip ("a small disk can only be mounted by root");
  small_disk_unmount (self);
  return FALSE;
}

void
small_disk_unmount (SmallDisk *self)
{
  umount2 (self->folder, MNT_DETACH);
  g_rmdir (self->folder);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->balloon, g_free);
}

/* Ever smaller pieces, until not even a page is left. */
void
small_disk_fill (SmallDisk *self)
{
  int fd = open (self->balloon, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  goffset size = 0;

  g_assert_cmpint (fd, >=, 0);
  for (goffset piece = 64 * 1024 * 1024; piece >= 4096; piece /= 2)
    while (fallocate (fd, 0, size, piece) == 0)
      size += piece;
  close (fd);
}

void
small_disk_empty (SmallDisk *self)
{
  g_assert_cmpint (g_unlink (self->balloon), ==, 0);
}
