/* SPDX-License-Identifier: MIT */
/* Spools that the disk damaged: one line says so, nothing of them is removed, what can be read is kept, and all goes
 * on. */
#include "server-case.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define N_BEATS 60000

/* The files below the case's folder whose name has @part in it. */
static GPtrArray *
list_files (const char *folder, const char *part)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_spawn_sync (NULL, (char *[]){ "find", (char *)folder, "-type", "f", NULL }, NULL,
                               G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    if (strstr (*line, part))
      g_ptr_array_add (files, g_strdup (*line));
  return files;
}

/* The server is away; the supervisor ends with a run and beats in its spool. Transfer full: the run. */
static FlatlineRun *
leave_spool (ServerCase *self)
{
  FlatlineRun *run;

  mariadb_server_stop (store_fixture_get_server (), SIGKILL);
  server_case_open (self);
  run = store_fixture_add_run (self->store);
  store_fixture_add_beats (self->store, run, 0, N_BEATS);
  store_fixture_flush (self->store);
  g_assert_cmpuint (flatline_store_count_spooled (self->store), ==, N_BEATS + 1);
  g_clear_object (&self->store);
  g_ptr_array_set_size (self->lines, 0);
  return run;
}

/* Garbage from @from to @to, parts of the size. */
static void
damage (const char *file, double from, double to)
{
  g_autofree char *garbage = g_strnfill (4096, '?');
  int fd = open (file, O_RDWR | O_CLOEXEC);
  const goffset size = lseek (fd, 0, SEEK_END);

  for (goffset at = (goffset)(size * from) / 4096 * 4096; at < size * to; at += 4096)
    g_assert_cmpint (pwrite (fd, garbage, MIN (4096, size - at), at), >, 0);
  close (fd);
}

static void
run_case (const char *database, double from, double to)
{
  g_autoptr (FlatlineRun) lost = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GPtrArray) spools = NULL;
  g_autoptr (GPtrArray) aside = NULL;
  g_autoptr (GPtrArray) beats = NULL;
  ServerCase self;

  if (!server_case_begin (&self, database))
    return;
  lost = leave_spool (&self);
  spools = list_files (self.folder, ".spool");
  for (guint i = 0; i < spools->len; i++)
    if (g_str_has_suffix (spools->pdata[i], ".spool"))
      damage (spools->pdata[i], from, to);
  mariadb_server_start (store_fixture_get_server ());
  server_case_open (&self);
  server_case_wait_for_line (&self, "set aside");
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, 100);
  /* What came before the damage is there, in order. */
  beats = store_fixture_list_beats (self.store, lost->uid, 0, 0, 0);
  g_test_message ("%u of %u beats could be read", beats->len, N_BEATS);
  store_fixture_assert_beats (self.store, lost->uid, beats->len);
  if (from > 0.5)
    g_assert_cmpuint (beats->len, >, 0);
  aside = list_files (self.folder, ".damaged-");
  g_assert_cmpuint (aside->len, ==, 1);
  for (guint i = 0, n = 0; i < self.lines->len; i++)
    {
      n += strstr (self.lines->pdata[i], "set aside") != NULL;
      g_assert_cmpuint (n, <=, 1);
    }
  g_clear_object (&self.store);
  server_case_end (&self);
}

static void
test_head (void)
{
  run_case ("spool_head", 0, 0.01);
}

static void
test_end (void)
{
  run_case ("spool_end", 0.7, 0.8);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/damaged-head", test_head);
  g_test_add_func ("/spool/damaged-end", test_end);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
