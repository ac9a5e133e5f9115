/* SPDX-License-Identifier: MIT */
/* See flatline-mounts.h. Mounts are those of /proc/PID/mountinfo, proc(5). */
#include "flatline-mounts.h"

#include <glib/gi18n.h>

#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PATIENCE_US  (G_USEC_PER_SEC / 3)
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
  gboolean done;
  gint64 done_us;
} Probe;

static GMutex lock; /* for all below */
static GCond answered;
static GHashTable *probes; /* device -> Probe */
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

/* "36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw": blanks in names are octal. */
static Mount *
parse_line (char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  Mount *mount;
  guint n = g_strv_length (words);
  guint dash = 6;

  while (dash < n && strcmp (words[dash], "-") != 0)
    dash++;
  if (dash + 1 >= n)
    return NULL;
  mount = g_new0 (Mount, 1);
  mount->device = g_strdup (words[2]);
  mount->point = g_strcompress (words[4]);
  mount->type = g_strdup (words[dash + 1]);
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

static gpointer
ask (gpointer data)
{
  Probe *probe = data;
  struct statfs facts;

  /* Always asks the server, unlike stat(), which may know the answer. Any answer will do. */
  statfs (probe->path, &facts);
  g_mutex_lock (&lock);
  probe->done = TRUE;
  probe->done_us = g_get_monotonic_time ();
  g_cond_broadcast (&answered);
  g_mutex_unlock (&lock);
  return NULL;
}

/* Under the lock. */
static gboolean
begin_probe (Probe *probe)
{
  GThread *thread;

  probe->done = FALSE;
  thread = g_thread_try_new ("flatline-mount", ask, probe, NULL);
  if (thread)
    g_thread_unref (thread);
  else
    probe->done = TRUE;
  return thread != NULL;
}

static gboolean
mount_answers (gint64 pid, Mount *mount)
{
  Probe *probe;
  gboolean new_question = FALSE;
  gint64 deadline_us;
  gboolean fine;

  if (mount->is_local)
    return TRUE;
  g_mutex_lock (&lock);
  if (!probes)
    probes = g_hash_table_new (g_str_hash, g_str_equal);
  probe = g_hash_table_lookup (probes, mount->device);
  if (!probe)
    {
      /* Kept for good: the thread may write to it at any time. */
      probe = g_new0 (Probe, 1);
      probe->done = TRUE;
      g_hash_table_insert (probes, g_strdup (mount->device), probe);
    }
  if (probe->done && (probe->done_us == 0 || g_get_monotonic_time () - probe->done_us > TRUSTED_US))
    {
      g_free (probe->path);
      probe->path =
          pid ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s", pid, mount->point) : g_strdup (mount->point);
      new_question = begin_probe (probe);
    }
  /* One that is not back from an earlier question is not waited for a second time. */
  deadline_us = g_get_monotonic_time () + PATIENCE_US;
  while (new_question && !probe->done && g_cond_wait_until (&answered, &lock, deadline_us))
    ;
  fine = probe->done;
  g_mutex_unlock (&lock);
  return fine;
}

/* Everything but the path's last part is a folder here and asks for nothing that is not already known to answer. */
static char *
read_link (gint64 pid, const char *path)
{
  g_autofree char *seen = pid ? g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s", pid, path) : g_strdup (path);
  char target[4096];
  gssize length = readlink (seen, target, sizeof target - 1);

  return length > 0 ? g_strndup (target, length) : NULL;
}

/* Walks @path part by part, as the kernel would, and stops before a file system that is silent. */
static gboolean
walk (Table *table, gint64 pid, const char *path)
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
        return TRUE;
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
        return TRUE; /* The kernel gives up, too. */
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

  if (table->all_local)
    return TRUE;
  absolute = make_absolute (pid, path);
  return walk (table, pid, absolute);
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
