/* SPDX-License-Identifier: MIT */
/* See animal.h. */
#include "animal.h"

#include "flatline-process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_TIMEOUT_US (60 * G_USEC_PER_SEC)
#define PREFIX           "# expect: "

void
animal_free (Animal *animal)
{
  animal_end (animal);
  g_free (animal->path);
  g_strfreev (animal->kinds);
  g_strfreev (animal->threads);
  g_free (animal->confidence);
  g_strfreev (animal->needs);
  g_ptr_array_unref (animal->names);
  g_ptr_array_unref (animal->facts);
  g_ptr_array_unref (animal->lacks);
  g_array_unref (animal->lines);
  g_free (animal);
}

static void
read_word (Animal *animal, const char *word)
{
  const char *value = strchr (word, '=');

  if (*word == '\0')
    return;
  g_assert_nonnull (value);
  value++;
  if (g_str_has_prefix (word, "kind="))
    animal->kinds = g_strsplit (value, ",", -1);
  else if (g_str_has_prefix (word, "thread="))
    {
      g_strfreev (animal->threads);
      animal->threads = g_strsplit (value, ",", -1);
    }
  else if (g_str_has_prefix (word, "name="))
    g_ptr_array_add (animal->names, g_strcompress (value));
  else if (g_str_has_prefix (word, "evidence="))
    g_ptr_array_add (animal->facts, g_strcompress (value));
  else if (g_str_has_prefix (word, "lacks="))
    g_ptr_array_add (animal->lacks, g_strcompress (value));
  else if (g_str_has_prefix (word, "confidence="))
    animal->confidence = g_strdup (value);
  else if (g_str_has_prefix (word, "needs="))
    animal->needs = g_strsplit (value, ",", -1);
  else
    g_error ("%s: “%s” is not understood", animal->path, word);
}

Animal *
animal_read (const char *path)
{
  Animal *animal = g_new0 (Animal, 1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) words = NULL;

  animal->path = g_strdup (path);
  animal->threads = g_strsplit ("MainThread", ",", -1);
  animal->names = g_ptr_array_new_with_free_func (g_free);
  animal->facts = g_ptr_array_new_with_free_func (g_free);
  animal->lacks = g_ptr_array_new_with_free_func (g_free);
  animal->lines = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  if (!g_str_has_prefix (lines[1], PREFIX))
    g_error ("%s: the second line does not begin with “" PREFIX "”", path);
  words = g_strsplit (lines[1] + strlen (PREFIX), " ", -1);
  for (char **word = words; *word; word++)
    read_word (animal, *word);
  g_assert_nonnull (animal->kinds);
  for (gint64 number = 1; lines[number - 1]; number++)
    if (strstr (lines[number - 1], "# freezes here"))
      g_array_append_val (animal->lines, number);
  return animal;
}

const char *
animal_get_python (void)
{
  const char *chosen = g_getenv ("FLATLINE_ZOO_PYTHON");

  return chosen ? chosen : FLATLINE_ZOO_PYTHON;
}

static void
lead_own_group (gpointer unused)
{
  setpgid (0, 0);
}

void
animal_start (Animal *animal)
{
  const char *argv[] = { animal_get_python (), animal->path, NULL };
  g_auto (GStrv) environment = NULL;
  g_autofree char *token = NULL;
  g_autoptr (GError) error = NULL;

  if (animal->started)
    return;
  /* The token ties to it what it starts in sessions of their own. */
  token = flatline_new_uid ();
  environment = g_environ_setenv (g_get_environ (), "FLATLINE_TOKEN", token, TRUE);
  environment = g_environ_setenv (environment, "PYTHONDONTWRITEBYTECODE", "1", TRUE);
  g_spawn_async_with_pipes (NULL, (char **)argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, lead_own_group, NULL,
                            &animal->pid, &animal->input, &animal->output, NULL, &error);
  g_assert_no_error (error);
  animal->started = TRUE;
}

gboolean
animal_wait_until_ready (Animal *animal)
{
  const gint64 deadline_us = g_get_monotonic_time () + READY_TIMEOUT_US;
  g_autoptr (GString) line = g_string_new (NULL);
  char byte;

  animal_start (animal);
  while (g_get_monotonic_time () < deadline_us)
    {
      struct pollfd waiting = { .fd = animal->output, .events = POLLIN };

      if (poll (&waiting, 1, 1000) <= 0)
        continue;
      if (read (animal->output, &byte, 1) != 1)
        return FALSE;
      if (byte == '\n' && strcmp (line->str, "ready") == 0)
        return TRUE;
      if (byte == '\n')
        g_string_truncate (line, 0);
      else
        g_string_append_c (line, byte);
    }
  return FALSE;
}

void
animal_end (Animal *animal)
{
  if (!animal->started)
    return;
  animal->started = FALSE;
  flatline_process_send_signal_to_tree (animal->pid, SIGKILL);
  kill (-animal->pid, SIGKILL);
  while (waitpid (animal->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  close (animal->input);
  close (animal->output);
}

static gboolean
is_listed (const Animal *animal, gint64 line)
{
  for (guint i = 0; i < animal->lines->len; i++)
    if (g_array_index (animal->lines, gint64, i) == line)
      return TRUE;
  return animal->lines->len == 0;
}

static gboolean
has_fact (FlatlineVerdict *verdict, const char *words)
{
  for (guint i = 0; i < flatline_list_length (verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (verdict->evidence, i);

      if (evidence->fact && strstr (evidence->fact, words))
        return TRUE;
    }
  return FALSE;
}

char *
animal_dup_complaint (const Animal *animal, FlatlineVerdict *verdict)
{
  /* Of a program that goes on, that it does is the best answer. */
  if (strstr (animal->path, "/calm/") && strcmp (verdict->kind, "unknown") == 0
      && strstr (verdict->summary, "goes on by itself"))
    return NULL;
  if (!g_strv_contains ((const char *const *)animal->kinds, verdict->kind))
    {
      g_autofree char *kinds = g_strjoinv (" or ", animal->kinds);

      return g_strdup_printf ("the kind is %s, not %s", verdict->kind, kinds);
    }
  if (!verdict->thread_name || !g_strv_contains ((const char *const *)animal->threads, verdict->thread_name))
    return g_strdup_printf ("the thread is %s, not %s", verdict->thread_name, animal->threads[0]);
  for (guint i = 0; i < animal->names->len; i++)
    if (!strstr (verdict->summary, g_ptr_array_index (animal->names, i)))
      return g_strdup_printf ("the sentence does not have “%s”", (char *)g_ptr_array_index (animal->names, i));
  for (guint i = 0; i < animal->lacks->len; i++)
    if (strstr (verdict->summary, g_ptr_array_index (animal->lacks, i)))
      return g_strdup_printf ("the sentence has “%s”", (char *)g_ptr_array_index (animal->lacks, i));
  for (guint i = 0; i < animal->facts->len; i++)
    if (!has_fact (verdict, g_ptr_array_index (animal->facts, i)))
      return g_strdup_printf ("the evidence does not have “%s”", (char *)g_ptr_array_index (animal->facts, i));
  if (!is_listed (animal, verdict->line) || (animal->lines->len > 0 && g_strcmp0 (verdict->file, animal->path) != 0))
    return g_strdup_printf ("the place is %s", verdict->location);
  if (animal->confidence && g_strcmp0 (animal->confidence, verdict->confidence) != 0)
    return g_strdup_printf ("it is %s, not %s", verdict->confidence, animal->confidence);
  return NULL;
}
