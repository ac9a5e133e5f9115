/* SPDX-License-Identifier: MIT */
/*
 * Open descriptors from the links in /proc/PID/fd. The link's text tells the kind and, for pipes and sockets, the
 * inode; the link's own permissions tell how it was opened (proc(5)), which says which end of a pipe it is.
 */
#include "flatline-descriptors.h"

#include "flatline-connections.h"
#include "flatline-mounts.h"
#include "flatline-proc-stat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PTY_MAJOR 136 /* Linux: UNIX98_PTY_SLAVE_MAJOR */

static gboolean
is_terminal_path (const char *target)
{
  return g_str_has_prefix (target, "/dev/pts/") || g_str_has_prefix (target, "/dev/tty")
         || strcmp (target, "/dev/console") == 0 || strcmp (target, "/dev/ptmx") == 0;
}

/* What @target, as /proc/PID/fd/FD points to, is; @inode is filled for pipes and sockets. */
static FlatlineDescriptorKind
classify (const char *target, guint64 *inode)
{
  *inode = 0;
  if (g_str_has_prefix (target, "socket:["))
    {
      *inode = g_ascii_strtoull (target + strlen ("socket:["), NULL, 10);
      return FLATLINE_DESCRIPTOR_SOCKET;
    }
  if (g_str_has_prefix (target, "pipe:["))
    {
      *inode = g_ascii_strtoull (target + strlen ("pipe:["), NULL, 10);
      return FLATLINE_DESCRIPTOR_PIPE;
    }
  if (g_str_has_prefix (target, "anon_inode:"))
    {
      if (strstr (target, "[eventpoll]"))
        return FLATLINE_DESCRIPTOR_EPOLL;
      if (strstr (target, "[eventfd]"))
        return FLATLINE_DESCRIPTOR_EVENTFD;
      if (strstr (target, "inotify"))
        return FLATLINE_DESCRIPTOR_INOTIFY;
      if (strstr (target, "[pidfd]"))
        return FLATLINE_DESCRIPTOR_PIDFD;
      return FLATLINE_DESCRIPTOR_OTHER;
    }
  if (is_terminal_path (target))
    return FLATLINE_DESCRIPTOR_TTY;
  return target[0] == '/' ? FLATLINE_DESCRIPTOR_FILE : FLATLINE_DESCRIPTOR_OTHER;
}

/* The word of FlatlineDescriptor.kind. Static. */
static const char *
kind_text (FlatlineDescriptorKind kind)
{
  switch (kind)
    {
    case FLATLINE_DESCRIPTOR_FILE:
      return "file";
    case FLATLINE_DESCRIPTOR_PIPE:
      return "pipe";
    case FLATLINE_DESCRIPTOR_SOCKET:
      return "socket";
    case FLATLINE_DESCRIPTOR_TTY:
      return "tty";
    case FLATLINE_DESCRIPTOR_EVENTFD:
      return "eventfd";
    case FLATLINE_DESCRIPTOR_EPOLL:
      return "epoll";
    case FLATLINE_DESCRIPTOR_INOTIFY:
      return "inotify";
    case FLATLINE_DESCRIPTOR_PIDFD:
      return "pidfd";
    case FLATLINE_DESCRIPTOR_OTHER:
      break;
    }
  return "other";
}

/* How the link's descriptor was opened; @name is in @folder. */
static gboolean
read_way (int folder, const char *name, FlatlineOpenDescriptor *descriptor)
{
  struct stat facts;

  if (fstatat (folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
    return FALSE;
  descriptor->can_read = (facts.st_mode & S_IRUSR) != 0;
  descriptor->can_write = (facts.st_mode & S_IWUSR) != 0;
  return TRUE;
}

gboolean
flatline_descriptors_collect_wanted (gint64 pid, GHashTable *wanted, GArray *found)
{
  char path[64];
  struct dirent *entry;
  DIR *folder;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/fd", pid);
  folder = opendir (path);
  if (!folder)
    return FALSE;
  while ((entry = readdir (folder)))
    {
      FlatlineOpenDescriptor descriptor = { .pid = pid };
      char target[64];
      gssize length;

      if (!flatline_proc_parse_pid (entry->d_name, &descriptor.fd))
        continue;
      length = readlinkat (dirfd (folder), entry->d_name, target, sizeof target - 1);
      /* Of a process whose names may be listed, but not where they lead. */
      if (length < 0 && errno == EACCES)
        break;
      if (length <= 0)
        continue;
      target[length] = '\0';
      descriptor.kind = classify (target, &descriptor.inode);
      if (descriptor.inode == 0 || (wanted && !g_hash_table_contains (wanted, &descriptor.inode)))
        continue;
      if (descriptor.kind == FLATLINE_DESCRIPTOR_PIPE)
        read_way (dirfd (folder), entry->d_name, &descriptor);
      g_array_append_val (found, descriptor);
    }
  closedir (folder);
  return TRUE;
}

gboolean
flatline_descriptors_collect (gint64 pid, GArray *found)
{
  return flatline_descriptors_collect_wanted (pid, NULL, found);
}

gboolean
flatline_descriptor_is_other_end (const FlatlineOpenDescriptor *own, const FlatlineOpenDescriptor *other)
{
  return (own->can_read && other->can_write) || (own->can_write && other->can_read);
}

gint64
flatline_descriptors_find_pipe_peer (GArray *all, const FlatlineOpenDescriptor *own)
{
  gint64 same_process = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const FlatlineOpenDescriptor *other = &g_array_index (all, FlatlineOpenDescriptor, i);

      if (other->inode != own->inode || other->kind != FLATLINE_DESCRIPTOR_PIPE)
        continue;
      if (!flatline_descriptor_is_other_end (own, other))
        continue;
      if (other->pid != own->pid)
        return other->pid;
      if (other->fd != own->fd)
        same_process = other->pid;
    }
  return same_process;
}

/* A named pipe looks like a file by its link. */
static gboolean
is_named_pipe (gint64 pid, int folder, const char *name, const char *target)
{
  struct stat facts;

  return flatline_path_answers (pid, target) && fstatat (folder, name, &facts, 0) == 0 && S_ISFIFO (facts.st_mode);
}

/* The process behind a pidfd. */
static gint64
read_pidfd (gint64 pid, gint64 fd)
{
  char path[96];
  char text[1024];
  const char *at;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/fdinfo/%" G_GINT64_FORMAT, pid, fd);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0)
    return 0;
  at = strstr (text, "\nPid:\t");
  return at ? MAX (g_ascii_strtoll (at + strlen ("\nPid:\t"), NULL, 10), 0) : 0;
}

/* The process that leads the terminal whose other side @fd is, as a terminal emulator or pexpect has it; 0 nobody. */
static gint64
read_terminal_leader (gint64 pid, gint64 fd)
{
  char path[96];
  char text[1024];
  const char *at;
  gint64 index, terminal, leader = 0;
  DIR *folder;
  struct dirent *entry;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/fdinfo/%" G_GINT64_FORMAT, pid, fd);
  if (flatline_proc_read_file (path, text, sizeof text) <= 0)
    return 0;
  at = strstr (text, "\ntty-index:");
  index = at ? g_ascii_strtoll (at + strlen ("\ntty-index:"), NULL, 10) : -1;
  if (index < 0)
    return 0;
  /* Linux: new_encode_dev(), which /proc/PID/stat shows; 136 are Unix98 terminals. */
  terminal = (index & 0xff) | PTY_MAJOR << 8 | (index & ~0xffLL) << 12;
  folder = opendir ("/proc");
  while (folder && leader == 0 && (entry = readdir (folder)))
    {
      FlatlineProcStat stat;
      gint64 other;

      if (flatline_proc_parse_pid (entry->d_name, &other) && flatline_proc_stat_read (other, &stat)
          && stat.session == other && stat.terminal == terminal)
        leader = other;
    }
  if (folder)
    closedir (folder);
  return leader;
}

static FlatlineDescriptor *
read_descriptor (gint64 pid, int folder, const char *name)
{
  FlatlineDescriptorKind kind;
  FlatlineDescriptor *record;
  char target[4096];
  guint64 inode;
  gint64 fd;
  gssize length;

  if (!flatline_proc_parse_pid (name, &fd))
    return NULL;
  length = readlinkat (folder, name, target, sizeof target - 1);
  if (length <= 0)
    return NULL;
  target[length] = '\0';
  record = g_object_new (FLATLINE_TYPE_DESCRIPTOR, NULL);
  record->pid = pid;
  record->fd = fd;
  kind = classify (target, &inode);
  if (kind == FLATLINE_DESCRIPTOR_FILE && is_named_pipe (pid, folder, name, target))
    kind = FLATLINE_DESCRIPTOR_PIPE;
  if (kind == FLATLINE_DESCRIPTOR_PIDFD)
    record->peer_pid = read_pidfd (pid, fd);
  if (kind == FLATLINE_DESCRIPTOR_TTY && g_str_has_suffix (target, "/ptmx"))
    record->peer_pid = read_terminal_leader (pid, fd);
  record->kind = g_strdup (kind_text (kind));
  record->target = g_utf8_make_valid (target, length);
  return record;
}

/* The end of @found that is not @own's, as far as the ways it was opened tell; another process' before its own. */
static gboolean
is_other_end (const FlatlineOpenDescriptor *own, const FlatlineOpenDescriptor *found, gint64 known)
{
  if (found->pid == own->pid && known)
    return FALSE;
  if (known && known != own->pid)
    return FALSE;
  return flatline_descriptor_is_other_end (own, found);
}

static FlatlineDescriptor *
find_record (GPtrArray *records, const char *target)
{
  for (guint i = 0; i < records->len; i++)
    {
      FlatlineDescriptor *record = g_ptr_array_index (records, i);

      if (g_strcmp0 (record->kind, "pipe") == 0 && g_strcmp0 (record->target, target) == 0)
        return record;
    }
  return NULL;
}

/* Whoever has a named pipe of @records open: all that tells is the path that the link of a descriptor shows. */
static void
fill_named_pipe_peers_from (gint64 pid, GPtrArray *records)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", pid);
  DIR *folder = opendir (path);
  struct dirent *entry;

  while (folder && (entry = readdir (folder)))
    {
      FlatlineOpenDescriptor found = { .pid = pid };
      FlatlineDescriptor *record;
      char target[4096];
      gssize length = readlinkat (dirfd (folder), entry->d_name, target, sizeof target - 1);

      if (length <= 0 || target[0] != '/' || !flatline_proc_parse_pid (entry->d_name, &found.fd))
        continue;
      target[length] = '\0';
      record = find_record (records, target);
      if (!record || !read_way (dirfd (folder), entry->d_name, &found))
        continue;
      for (guint i = 0; i < records->len; i++)
        {
          FlatlineDescriptor *own = g_ptr_array_index (records, i);
          FlatlineOpenDescriptor its = { .pid = own->pid, .fd = own->fd };
          g_autofree char *name =
              g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd/%" G_GINT64_FORMAT, own->pid, own->fd);

          if (g_strcmp0 (own->target, target) == 0 && read_way (AT_FDCWD, name, &its)
              && is_other_end (&its, &found, own->peer_pid))
            own->peer_pid = pid;
        }
    }
  if (folder)
    closedir (folder);
}

static void
fill_named_pipe_peers (GPtrArray *records)
{
  gboolean any = FALSE;
  DIR *folder;
  struct dirent *entry;

  for (guint i = 0; i < records->len && !any; i++)
    {
      FlatlineDescriptor *record = g_ptr_array_index (records, i);

      any = g_strcmp0 (record->kind, "pipe") == 0 && record->target[0] == '/';
    }
  folder = any ? opendir ("/proc") : NULL;
  while (folder && (entry = readdir (folder)))
    {
      gint64 pid;

      if (flatline_proc_parse_pid (entry->d_name, &pid))
        fill_named_pipe_peers_from (pid, records);
    }
  if (folder)
    closedir (folder);
}

static gint
compare_by_fd (gconstpointer a, gconstpointer b)
{
  const FlatlineDescriptor *first = *(FlatlineDescriptor *const *)a;
  const FlatlineDescriptor *second = *(FlatlineDescriptor *const *)b;

  return (first->fd > second->fd) - (first->fd < second->fd);
}

/* The connection that was read of a pipe of the process; NULL: none. */
static FlatlineConnection *
find_connection (GListStore *connections, gint64 pid, guint64 inode, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (connections, i);

      if (connection->pid == pid && connection->fd == fd && connection->inode == (gint64)inode)
        return connection;
    }
  return NULL;
}

static FlatlineDescriptor *
find_record_of_fd (GPtrArray *records, gint64 fd)
{
  for (guint i = 0; i < records->len; i++)
    {
      FlatlineDescriptor *record = g_ptr_array_index (records, i);

      if (record->fd == fd)
        return record;
    }
  return NULL;
}

/* As the connections tell; of a pipe that is not among them, whoever of the machine has it. */
static void
fill_pipe_peers (gint64 pid, GPtrArray *records, GListStore *connections)
{
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GArray) holders = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GArray) nobody = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);

  flatline_descriptors_collect (pid, own);
  for (guint i = own->len; i-- > 0;)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (own, FlatlineOpenDescriptor, i);
      FlatlineConnection *connection = find_connection (connections, pid, descriptor->inode, descriptor->fd);
      FlatlineDescriptor *record = find_record_of_fd (records, descriptor->fd);

      if (connection && record && descriptor->kind == FLATLINE_DESCRIPTOR_PIPE)
        record->peer_pid = connection->peer_pid;
      if (connection || !record || descriptor->kind != FLATLINE_DESCRIPTOR_PIPE)
        g_array_remove_index_fast (own, i);
    }
  for (guint i = 0; i < own->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (own, FlatlineOpenDescriptor, i);

      g_hash_table_insert (wanted, &descriptor->inode, descriptor);
    }
  flatline_descriptors_search_machine (wanted, nobody, holders);
  for (guint i = 0; i < own->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (own, FlatlineOpenDescriptor, i);

      find_record_of_fd (records, descriptor->fd)->peer_pid = flatline_descriptors_find_pipe_peer (holders, descriptor);
    }
}

GPtrArray *
flatline_descriptors_list (gint64 pid, GListStore *connections)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", pid);
  DIR *folder = opendir (path);
  struct dirent *entry;

  while (folder && (entry = readdir (folder)))
    {
      FlatlineDescriptor *record = read_descriptor (pid, dirfd (folder), entry->d_name);

      if (record)
        g_ptr_array_add (records, record);
    }
  if (folder)
    closedir (folder);
  g_ptr_array_sort (records, compare_by_fd);
  fill_pipe_peers (pid, records, connections);
  fill_named_pipe_peers (records);
  return records;
}
