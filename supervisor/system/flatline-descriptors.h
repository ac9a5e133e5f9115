/* SPDX-License-Identifier: MIT */
/* Private to system/: open descriptors as plain data, and who else on this machine has the same pipe or socket. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_DESCRIPTOR_FILE,
  FLATLINE_DESCRIPTOR_PIPE,
  FLATLINE_DESCRIPTOR_SOCKET,
  FLATLINE_DESCRIPTOR_TTY,
  FLATLINE_DESCRIPTOR_EVENTFD,
  FLATLINE_DESCRIPTOR_EPOLL,
  FLATLINE_DESCRIPTOR_INOTIFY,
  FLATLINE_DESCRIPTOR_PIDFD,
  FLATLINE_DESCRIPTOR_OTHER,
} FlatlineDescriptorKind;

typedef struct
{
  gint64 pid;
  gint64 fd;
  guint64 inode; /* of a pipe or socket, else 0 */
  FlatlineDescriptorKind kind;
  gboolean can_read;
  gboolean can_write;
} FlatlineOpenDescriptor;

/*
 * Appends the pipes and sockets of @pid to @found (FlatlineOpenDescriptor); FALSE when its descriptors may not be read.
 */
gboolean
flatline_descriptors_collect (gint64 pid, GArray *found);

/* The same of those on @wanted inodes (guint64 *) alone; NULL: all. */
gboolean
flatline_descriptors_collect_wanted (gint64 pid, GHashTable *wanted, GArray *found);

/* Whether two descriptors on one pipe are opposite ends, as far as the ways they were opened tell. */
gboolean
flatline_descriptor_is_other_end (const FlatlineOpenDescriptor *own, const FlatlineOpenDescriptor *other);

/*
 * Who of this machine holds what is asked for. @wanted: inode (guint64 *) -> the FlatlineOpenDescriptor whose other end
 * is looked for, for a pipe; NULL, for a socket. Looks through all processes, except those of @except (gint64 pids),
 * and appends every descriptor on a wanted inode to @found; where only pipes are wanted, until each has an other end
 * that may have one. Answers how many processes it looked at.
 */
guint
flatline_descriptors_search_machine (GHashTable *wanted, GArray *except, GArray *found);

/*
 * The pid on the other end of the pipe of @own: one that writes when @own reads and reads when it writes; another
 * process before the same one. 0 when there is none among @all (FlatlineOpenDescriptor).
 */
gint64
flatline_descriptors_find_pipe_peer (GArray *all, const FlatlineOpenDescriptor *own);

G_END_DECLS
