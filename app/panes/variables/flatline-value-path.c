/* SPDX-License-Identifier: MIT */
/* Items are named as they are asked for, “[3]”, attributes by their name alone. */
#include "config.h"

#include "flatline-value-path.h"

#include "flatline-records.h"

static gboolean
is_identifier (const char *name)
{
  const char *at = name;

  if (!*name || g_ascii_isdigit (*name))
    return FALSE;
  for (; *at; at = g_utf8_next_char (at))
    if (*at != '_' && !g_unichar_isalnum (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

/* A key that has no literal is told as an object, “[<Point at 0x7f…>]”, a long one is cut. */
static gboolean
is_item (const char *name)
{
  return name[0] == '[' && g_str_has_suffix (name, "]") && !strstr (name, "…")
         && (strchr ("'\"", name[1]) || !strchr (name, '<'));
}

char *
flatline_value_path_dup (GtkTreeListRow *row)
{
  g_autoptr (FlatlineValue) value = row ? gtk_tree_list_row_get_item (row) : NULL;
  g_autoptr (GtkTreeListRow) parent = row ? gtk_tree_list_row_get_parent (row) : NULL;
  g_autofree char *holder = NULL;

  if (!value || !value->name)
    return NULL;
  if (!parent)
    return is_identifier (value->name) ? g_strdup (value->name) : NULL;
  holder = flatline_value_path_dup (parent);
  if (holder && is_item (value->name))
    return g_strconcat (holder, value->name, NULL);
  return holder && is_identifier (value->name) ? g_strconcat (holder, ".", value->name, NULL) : NULL;
}
