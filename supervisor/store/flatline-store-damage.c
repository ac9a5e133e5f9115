/* SPDX-License-Identifier: MIT */
/* Setting aside, by one at a time. */
#include "flatline-store-damage.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

guint64
flatline_store_read_inode (const char *file)
{
  struct stat status;

  return stat (file, &status) == 0 ? status.st_ino : 0;
}

static char *
dup_free_name (const char *file)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%d-%H%M%S");

  for (guint i = 0;; i++)
    {
      g_autofree char *name =
          i == 0 ? g_strdup_printf ("%s.damaged-%s", file, time) : g_strdup_printf ("%s.damaged-%s-%u", file, time, i);

      if (!g_file_test (name, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
}

static void
move_beside (const char *file, const char *name, const char *suffix)
{
  g_autofree char *from = g_strconcat (file, suffix, NULL);
  g_autofree char *to = g_strconcat (name, suffix, NULL);

  g_rename (from, to);
}

/*
 * Gives @file, and what SQLite keeps beside it, another name that says when. @inode: the file that was found damaged;
 * when another one is in its place by now, somebody else was here first. The new name, NULL when nothing was moved.
 * Transfer full.
 */
static char *
set_aside (const char *file, guint64 inode)
{
  g_autofree char *lock_file = g_strconcat (file, ".lock", NULL);
  g_autofree char *name = NULL;
  int lock = open (lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (lock < 0)
    return NULL;
  flock (lock, LOCK_EX);
  if (inode != 0 && flatline_store_read_inode (file) == inode)
    {
      name = dup_free_name (file);
      if (g_rename (file, name) == 0)
        {
          move_beside (file, name, "-wal");
          move_beside (file, name, "-shm");
        }
      else
        g_clear_pointer (&name, g_free);
    }
  g_unlink (lock_file);
  close (lock);
  return g_steal_pointer (&name);
}

char *
flatline_store_damage_tell (const char *file, guint64 inode)
{
  g_autofree char *name = set_aside (file, inode);

  if (!name)
    return NULL;
  return g_strdup_printf (_ ("The store “%s” was damaged: it was set aside as “%s”, and a new one was begun"), file,
                          name);
}
