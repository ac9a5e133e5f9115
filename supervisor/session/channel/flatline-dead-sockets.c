/* SPDX-License-Identifier: MIT */
/*
 * Who is killed removes nothing. The next one of the same user looks which sockets are nobody's: the kernel refuses a
 * datagram socket there, while one that somebody has open is of the wrong type for it, and its owner hears nothing of
 * the question.
 */
#include "flatline-dead-sockets.h"

#include "flatline-paths.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FRESH_S 5 /* the kernel makes the file, and then tells whose it is */

static gboolean
is_dead (int question, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct stat status;

  if (!flatline_paths_is_agent_socket (path) || strlen (path) >= sizeof address.sun_path)
    return FALSE;
  if (lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode) || time (NULL) - status.st_mtime < FRESH_S)
    return FALSE;
  strcpy (address.sun_path, path);
  return connect (question, (struct sockaddr *)&address, sizeof address) != 0 && errno == ECONNREFUSED;
}

void
flatline_dead_sockets_remove (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  int question = dir ? socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
  const char *name;

  if (question < 0)
    return;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (is_dead (question, path))
        unlink (path);
    }
  close (question);
}
