/* SPDX-License-Identifier: MIT */
/* See flatline-mounts.h. Mounts are those of /proc/PID/mountinfo, proc(5). */
#include "flatline-mounts.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US  (G_USEC_PER_SEC / 3)
#define READING_US   (2 * G_USEC_PER_SEC) /* for the first byte of a file, which may come from far away */
#define TRUSTED_US   (2 * G_USEC_PER_SEC) /* how long an answer counts */
#define TABLE_AGE_US (1 * G_USEC_PER_SEC)
#define MAX_LINKS    40
#define MAX_LINE     (3 * 4096)

/* Served by the kernel itself from memory or a local disk. What is not listed is asked. */
static const char *const local_types[] = {
  "bdev",   "binfmt_misc", "bpf",       "btrfs",   "cgroup",     "cgroup2",    "configfs",  "debugfs",
  "devpts", "devtmpfs",    "efivarfs",  "erofs",   "exfat",      "ext2",       "ext3",      "ext4",
  "f2fs",   "fusectl",     "hugetlbfs", "iso9660", "mqueue",     "nsfs",       "ntfs3",     "overlay",
  "proc",   "pstore",      "ramfs",     "rootfs",  "rpc_pipefs", "securityfs", "selinuxfs", "squashfs",
  "sysfs",  "tmpfs",       "tracefs",   "udf",     "vfat",       "xfs",        "zfs",       NULL,
};

typedef struct
{
  char *device; /* "0:52": names the file system on this machine */
  char *point;
  char *type;
  gboolean is_local;
} Mount;

typedef struct
{
  gint64 pid;
  gint64 read_us;
  GPtrArray *mounts; /* Mount */
  gboolean all_local;
} Table;

/* One question under way; the thread that asks may come back long after everybody else has given up. */
typedef struct
{
  char *path;
  gboolean reads; /* the first byte of the file, else what file system it is on */
  gint64 begun_us;
  gboolean done;
  gint64 done_us;
} Probe;

static GMutex lock; /* for all below */
static GCond answered;
static GHashTable *probes;   /* device -> Probe, of whether it answers */
static GHashTable *readings; /* device -> Probe, of the last file there that was read */
static Table *newest;

static void
mount_free (gpointer data)
{
  Mount *mount = data;

  g_free (mount->device);
  g_free (mount->point);
  g_free (mount->type);
  g_free (mount);
}

static void
table_clear (gpointer data)
{
  g_ptr_array_unref (((Table *)data)->mounts);
}

static void
table_unref (Table *table)
{
  g_atomic_rc_box_release_full (table, table_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, table_unref)

static void
probe_clear (gpointer data)
{
  g_free (((Probe *)data)->path);
}

static void
probe_unref (gpointer probe)
{
  g_atomic_rc_box_release_full (probe, probe_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Probe, probe_unref)

static Probe *
probe_new (char *path, gboolean reads)
{
  Probe *probe = g_atomic_rc_box_new0 (Probe);

  probe->path = path;
  probe->reads = reads;
  return probe;
}

/* "36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw": blanks in names are octal. */
static Mount *
parse_line (char *line)
{
  char *words[6] = { 0 };
  char *rest = line;
  const char *word;
  Mount *mount;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = strsep (&rest, " ");
  while ((word = strsep (&rest, " ")) && strcmp (word, "-") != 0)
    ;
  word = strsep (&rest, " ");
  if (!word)
    return NULL;
  mount = g_new0 (Mount, 1);
  mount->device = g_strdup (words[2]);
  mount->point = g_strcompress (words[4]);
  mount->type = g_strdup (word);
  mount->is_local = g_strv_contains (local_types, mount->type);
  return mount;
}

static Table *
read_table (gint64 pid)
{
  g_autofree char *path =
      pid ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/mountinfo", pid) : g_strdup ("/proc/self/mountinfo");
  Table *table = g_atomic_rc_box_new0 (Table);
  g_autofree char *text = NULL;
  char *rest = NULL;

  table->pid = pid;
  table->read_us = g_get_monotonic_time ();
  table->mounts = g_ptr_array_new_with_free_func (mount_free);
  table->all_local = TRUE;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return table;
  for (char *line = strtok_r (text, "\n", &rest); line; line = strtok_r (NULL, "\n", &rest))
    {
      Mount *mount = parse_line (line);

      if (!mount)
        continue;
      table->all_local &= mount->is_local;
      g_ptr_array_add (table->mounts, mount);
    }
  return table;
}

/* The mounts of @pid, not older than a second: paths come in numbers. */
static Table *
get_table (gint64 pid)
{
  Table *table;

  g_mutex_lock (&lock);
  if (!newest || newest->pid != pid || g_get_monotonic_time () - newest->read_us > TABLE_AGE_US)
    {
      g_clear_pointer (&newest, table_unref);
      newest = read_table (pid);
    }
  table = g_atomic_rc_box_acquire (newest);
  g_mutex_unlock (&lock);
  return table;
}

/* The mount that @path lies on: of the longest that lead to it, the last, which lies on top. */
static Mount *
find_mount (Table *table, const char *path)
{
  Mount *best = NULL;
  gsize best_length = 0;

  for (guint i = 0; i < table->mounts->len; i++)
    {
      Mount *mount = g_ptr_array_index (table->mounts, i);
      gsize length = strlen (mount->point);

      /* "/" ends with what divides it from the rest. */
      if (length > 1 && (strncmp (path, mount->point, length) != 0 || (path[length] != '/' && path[length] != '\0')))
        continue;
      if (length >= best_length)
        {
          best = mount;
          best_length = length;
        }
    }
  return best;
}

/*
 * A thread that waits for a file system cannot be killed, and its process neither: the window would stay on the screen,
 * and what waits for it, too. So a child asks, which has nothing of ours open and is in nobody's way. FALSE: no child
 * could be made.
 */
static gboolean
ask_by_child (Probe *probe)
{
  g_autofree char *input = g_strconcat ("if=", probe->path, NULL);
  /* statfs() always asks the server, unlike stat(), which may know the answer. A pipe without a writer has an end. */
  char *const facts[] = { "stat", "--file-system", "--", probe->path, NULL };
  char *const reading[] = { "dd", input, "iflag=nonblock", "bs=1", "count=1", "status=none", NULL };
  char *const environment[] = { NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t child;
  int status;
  int failure;

  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  /* Not of the terminal that Ctrl+C is pressed in: to be interrupted is no answer. */
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSID);
  for (int i = 0; i < 3; i++)
    posix_spawn_file_actions_addopen (&actions, i, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addclosefrom_np (&actions, 3);
  failure = posix_spawn (&child, probe->reads ? "/usr/bin/dd" : "/usr/bin/stat", &actions, &attributes,
                         probe->reads ? reading : facts, environment);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  if (failure != 0)
    return FALSE;
  /* Any answer will do. */
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  return TRUE;
}

static void
ask_here (Probe *probe)
{
  struct statfs facts;
  char byte;
  int fd;

  if (!probe->reads)
    {
      statfs (probe->path, &facts);
      return;
    }
  fd = open (probe->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return;
  while (read (fd, &byte, 1) < 0 && errno == EINTR)
    ;
  close (fd);
}

static gpointer
ask (gpointer data)
{
  g_autoptr (Probe) probe = data;

  if (!ask_by_child (probe))
    ask_here (probe);
  g_mutex_lock (&lock);
  probe->done = TRUE;
  probe->done_us = g_get_monotonic_time ();
  g_cond_broadcast (&answered);
  g_mutex_unlock (&lock);
  return NULL;
}

/* Under the lock, as the next. */
static void
begin_probe (Probe *probe)
{
  GThread *thread;

  probe->begun_us = g_get_monotonic_time ();
  thread = g_thread_try_new ("flatline-mount", ask, g_atomic_rc_box_acquire (probe), NULL);
  if (thread)
    {
      g_thread_unref (thread);
      return;
    }
  probe_unref (probe);
  probe->done = TRUE;
}

/* Whoever comes later waits less: one that is not back in time is not waited for a second time. */
static gboolean
await_answer (Probe *probe, gint64 patience_us)
{
  while (!probe->done && g_cond_wait_until (&answered, &lock, probe->begun_us + patience_us))
    ;
  return probe->done;
}

/* Of @kept, device -> Probe, the one of @device, begun when there is none. */
static Probe *
find_probe (GHashTable **kept, const char *device, const char *path, gboolean reads)
{
  Probe *probe;

  if (!*kept)
    *kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, probe_unref);
  probe = g_hash_table_lookup (*kept, device);
  if (!probe || (probe->done && (reads || g_get_monotonic_time () - probe->done_us > TRUSTED_US)))
    {
      probe = probe_new (g_strdup (path), reads);
      begin_probe (probe);
      g_hash_table_replace (*kept, g_strdup (device), probe);
    }
  return g_atomic_rc_box_acquire (probe);
}

/* @path of @pid's as we reach it. */
static char *
dup_seen (gint64 pid, const char *path)
{
  return pid ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s", pid, path) : g_strdup (path);
}

static gboolean
mount_answers (gint64 pid, Mount *mount)
{
  g_autofree char *path = dup_seen (pid, mount->point);
  g_autoptr (Probe) probe = NULL;
  gboolean fine;

  if (mount->is_local)
    return TRUE;
  g_mutex_lock (&lock);
  probe = find_probe (&probes, mount->device, path, FALSE);
  fine = await_answer (probe, PATIENCE_US);
  g_mutex_unlock (&lock);
  return fine;
}

/* Everything but the path's last part is a folder here and asks for nothing that is not already known to answer. */
static char *
read_link (gint64 pid, const char *path)
{
  g_autofree char *seen = dup_seen (pid, path);
  char target[4096];
  gssize length = readlink (seen, target, sizeof target - 1);

  return length > 0 ? g_strndup (target, length) : NULL;
}

/* Walks @path part by part, as the kernel would, and stops before a file system that is silent. @end: where it ended.
 */
static gboolean
walk (Table *table, gint64 pid, const char *path, Mount **end)
{
  g_autofree char *rest = g_strdup (path);
  g_autoptr (GString) reached = g_string_new (NULL);
  Mount *last = NULL;
  guint n_links = 0;

  while (TRUE)
    {
      char *part = rest + strspn (rest, "/");
      gsize length = strcspn (part, "/");
      g_autofree char *name = g_strndup (part, length);
      g_autofree char *link = NULL;
      char *joined;
      gsize before = reached->len;
      Mount *mount;

      if (length == 0)
        {
          *end = last;
          return TRUE;
        }
      memmove (rest, part + length, strlen (part + length) + 1);
      if (strcmp (name, ".") == 0)
        continue;
      if (strcmp (name, "..") == 0)
        {
          char *parent = strrchr (reached->str, '/');

          g_string_truncate (reached, parent ? parent - reached->str : 0);
          continue;
        }
      g_string_append_printf (reached, "/%s", name);
      mount = find_mount (table, reached->str);
      if (mount && mount != last && !mount_answers (pid, mount))
        return FALSE;
      last = mount;
      link = read_link (pid, reached->str);
      if (!link)
        continue;
      if (++n_links > MAX_LINKS)
        {
          *end = NULL; /* The kernel gives up, too. */
          return TRUE;
        }
      g_string_truncate (reached, link[0] == '/' ? 0 : before);
      joined = g_strconcat (link, "/", rest, NULL);
      g_free (rest);
      rest = joined;
    }
}

static char *
make_absolute (gint64 pid, const char *path)
{
  g_autofree char *link = pid ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cwd", pid) : g_strdup ("/proc/self/cwd");
  char folder[4096];
  gssize length;

  if (path[0] == '/')
    return g_strdup (path);
  length = readlink (link, folder, sizeof folder - 1);
  return length > 0 ? g_strdup_printf ("%.*s/%s", (int)length, folder, path) : g_strdup_printf ("/%s", path);
}

gboolean
flatline_path_answers (gint64 pid, const char *path)
{
  g_autoptr (Table) table = get_table (pid);
  g_autofree char *absolute = NULL;
  Mount *mount = NULL;

  if (table->all_local)
    return TRUE;
  absolute = make_absolute (pid, path);
  return walk (table, pid, absolute, &mount);
}

static gboolean
gives_data (gint64 pid, const char *path)
{
  g_autoptr (Table) table = get_table (pid);
  g_autofree char *absolute = NULL;
  g_autofree char *seen = NULL;
  g_autoptr (Probe) reading = NULL;
  Mount *mount = NULL;
  gboolean fine;

  if (table->all_local)
    return TRUE;
  absolute = make_absolute (pid, path);
  if (!walk (table, pid, absolute, &mount))
    return FALSE;
  if (!mount || mount->is_local)
    return TRUE;
  seen = dup_seen (pid, absolute);
  g_mutex_lock (&lock);
  reading = find_probe (&readings, mount->device, seen, TRUE);
  fine = await_answer (reading, READING_US);
  g_mutex_unlock (&lock);
  return fine;
}

gboolean
flatline_file_answers (gint64 pid, const char *path, GError **error)
{
  if (gives_data (pid, path))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("%s was not read: its file system does not answer"), path);
  return FALSE;
}

char *
flatline_path_dup_file_system (gint64 pid, const char *path)
{
  g_autoptr (Table) table = get_table (pid);
  g_autofree char *absolute = make_absolute (pid, path);
  Mount *mount = find_mount (table, absolute);

  return mount && !mount->is_local ? g_strdup_printf (/* Translators: "nfs4", a folder */ _ ("%s file system at %s"),
                                                      mount->type, mount->point)
                                   : NULL;
}
