/* SPDX-License-Identifier: MIT */
/* What a table of values says in each column. */
#include "config.h"

#include "flatline-value-columns.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-records.h"
#include "flatline-value-memory.h"

#define MAX_CELL_CHARS    300
#define MAX_TOOLTIP_CHARS 2000

static char *
name_text (gpointer record)
{
  return g_strdup (((FlatlineValue *)record)->name);
}

/* A cell is one line; the whole text is its tooltip. */
static char *
value_text (gpointer record)
{
  FlatlineValue *value = record;
  g_autofree char *line = g_utf8_substring (value->text ? value->text : "", 0,
                                            MIN (g_utf8_strlen (value->text ? value->text : "", -1), MAX_CELL_CHARS));

  g_strdelimit (line, "\n\r\t", ' ');
  return value->truncated ? g_strconcat (line, " …", NULL) : g_steal_pointer (&line);
}

static char *
whole_text (gpointer record)
{
  FlatlineValue *value = record;
  const char *text = value->text ? value->text : "";

  return g_utf8_strlen (text, -1) > MAX_TOOLTIP_CHARS ? g_utf8_substring (text, 0, MAX_TOOLTIP_CHARS) : g_strdup (text);
}

static char *
whole_type_text (gpointer record)
{
  return g_strdup (((FlatlineValue *)record)->type);
}

/* As the program's source mostly says it: “lock”, not “_thread.lock”, of which “_threa…” would be seen. */
static char *
type_text (gpointer record)
{
  const char *type = ((FlatlineValue *)record)->type;
  const char *dot = type ? strrchr (type, '.') : NULL;

  return g_strdup (dot && dot[1] ? dot + 1 : type);
}

static const char *
get_class (gpointer record)
{
  return flatline_value_is_changed (record) ? "changed-value" : NULL;
}

const FlatlineRows flatline_value_rows = { .in_tree = TRUE, .get_class = get_class, .class_property = "text" };

const FlatlineColumn flatline_value_columns[] = {
  { N_ ("Name"), name_text, { NULL }, 13, FLATLINE_COLUMN_TREE, name_text },
  { N_ ("Value"), value_text, { "text", "truncated" }, 12, FLATLINE_COLUMN_EXPAND, whole_text },
  { N_ ("Type"), type_text, { NULL }, 6, FLATLINE_COLUMN_PLAIN, whole_type_text },
};

const guint flatline_value_n_columns = G_N_ELEMENTS (flatline_value_columns);
