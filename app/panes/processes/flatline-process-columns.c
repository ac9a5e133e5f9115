/* SPDX-License-Identifier: MIT */
/* What a table of processes says in each column, and what it is sorted by there. */
#include "config.h"

#include "flatline-process-columns.h"

#include <glib/gi18n.h>

#include "flatline-program-name.h"
#include "flatline-record-words.h"
#include "flatline-records.h"

static char *
name_text (gpointer record)
{
  FlatlineProcess *process = record;

  return flatline_program_name_dup (process->command_line, process->name);
}

static char *
command_text (gpointer record)
{
  FlatlineProcess *process = record;

  return g_strdup (process->command_line && *process->command_line ? process->command_line : process->name);
}

static char *
count_text (gint64 count)
{
  return count < 0 ? g_strdup ("–") : g_strdup_printf ("%" G_GINT64_FORMAT, count);
}

static char *
pid_text (gpointer record)
{
  return count_text (((FlatlineProcess *)record)->pid);
}

static char *
cpu_text (gpointer record)
{
  FlatlineProcess *process = record;
  double percent = process->cpu_percent;

  if (percent < 0 || !process->alive)
    return g_strdup ("–");
  return g_strdup_printf (percent < 99.95 ? "%.1f %%" : "%.0f %%", percent);
}

static char *
memory_text (gpointer record)
{
  FlatlineProcess *process = record;

  if (!process->alive)
    return g_strdup ("–");
  return g_format_size_full ((guint64)MAX (process->rss_bytes, 0), G_FORMAT_SIZE_IEC_UNITS);
}

static char *
state_text (gpointer record)
{
  FlatlineProcess *process = record;

  if (process->exit_text && *process->exit_text)
    return g_strdup (process->exit_text);
  return g_strdup (process->state_text ? flatline_record_word_text (process->state_text) : "");
}

static char *
heart_text (gpointer record)
{
  const char *heart = ((FlatlineProcess *)record)->heart;

  if (g_strcmp0 (heart, "beating") == 0)
    return g_strdup (_ ("♥ beating"));
  if (g_strcmp0 (heart, "silent") == 0)
    return g_strdup (_ ("♡ silent"));
  if (g_strcmp0 (heart, "flatlined") == 0)
    return g_strdup (_ ("— flatlined"));
  return g_strdup (heart);
}

static char *
threads_text (gpointer record)
{
  FlatlineProcess *process = record;

  return count_text (process->alive ? process->threads : -1);
}

static char *
files_text (gpointer record)
{
  FlatlineProcess *process = record;

  return count_text (process->alive ? process->open_files : -1);
}

static char *
python_text (gpointer record)
{
  return g_strdup (((FlatlineProcess *)record)->python_version);
}

static double
pid_number (gpointer record)
{
  return (double)((FlatlineProcess *)record)->pid;
}

/* What ended has no figures any more. */
static double
figure (FlatlineProcess *process, double number)
{
  return process->alive ? number : -1;
}

static double
cpu_number (gpointer record)
{
  return figure (record, ((FlatlineProcess *)record)->cpu_percent);
}

static double
memory_number (gpointer record)
{
  return figure (record, (double)((FlatlineProcess *)record)->rss_bytes);
}

static double
threads_number (gpointer record)
{
  return figure (record, (double)((FlatlineProcess *)record)->threads);
}

static double
files_number (gpointer record)
{
  return figure (record, (double)((FlatlineProcess *)record)->open_files);
}

/* What ended stays in view, faded. */
static const char *
get_class (gpointer record)
{
  return ((FlatlineProcess *)record)->alive ? NULL : "dim-label";
}

const FlatlineRows flatline_process_rows = { .in_tree = TRUE, .get_class = get_class, .class_property = "alive" };

const FlatlineColumn flatline_process_columns[] = {
  { N_ ("Program"),
    name_text,
    { "name", "command-line" },
    14,
    FLATLINE_COLUMN_TREE | FLATLINE_COLUMN_EXPAND,
    command_text },
  { N_ ("PID"), pid_text, { "pid" }, 6, FLATLINE_COLUMN_NUMERIC, NULL, pid_number },
  { N_ ("CPU"), cpu_text, { "cpu-percent", "alive" }, 5, FLATLINE_COLUMN_NUMERIC, NULL, cpu_number },
  { N_ ("Memory"), memory_text, { "rss-bytes", "alive" }, 8, FLATLINE_COLUMN_NUMERIC, NULL, memory_number },
  { N_ ("State"), state_text, { "state-text", "exit-text" }, 8, FLATLINE_COLUMN_PLAIN, state_text },
  { N_ ("Heart"), heart_text, { "heart" }, 9, FLATLINE_COLUMN_PLAIN, heart_text },
  { N_ ("Threads"), threads_text, { "threads", "alive" }, 5, FLATLINE_COLUMN_NUMERIC, NULL, threads_number },
  { N_ ("Files"), files_text, { "open-files", "alive" }, 5, FLATLINE_COLUMN_NUMERIC, NULL, files_number },
  { N_ ("Python"), python_text, { "python-version" }, 7, FLATLINE_COLUMN_PLAIN, NULL },
};

const guint flatline_process_memory_column = 3;
const guint flatline_process_n_columns = G_N_ELEMENTS (flatline_process_columns);
