/* SPDX-License-Identifier: MIT */
/* Rows are known by the names that lead to them, so that a row of one capture is found in the next. */
#include "config.h"

#include "flatline-value-memory.h"

#define MAX_REMEMBERED 2000 /* rows */

struct _FlatlineValueMemory
{
  GHashTable *open_paths; /* set of paths of rows that were open */
  GHashTable *old_texts;  /* path -> text */
  char *selected_path;
};

FlatlineValueMemory *
flatline_value_memory_new (void)
{
  FlatlineValueMemory *self = g_new0 (FlatlineValueMemory, 1);

  self->open_paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->old_texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
flatline_value_memory_free (FlatlineValueMemory *self)
{
  g_hash_table_unref (self->open_paths);
  g_hash_table_unref (self->old_texts);
  g_free (self->selected_path);
  g_free (self);
}

static char *
dup_path (GtkTreeListRow *row)
{
  g_autoptr (FlatlineValue) value = gtk_tree_list_row_get_item (row);
  g_autoptr (GtkTreeListRow) parent = gtk_tree_list_row_get_parent (row);
  g_autofree char *above = parent ? dup_path (parent) : g_strdup ("");

  return g_strconcat (above, "\n", value->name ? value->name : "", NULL);
}

void
flatline_value_memory_forget (FlatlineValueMemory *self)
{
  g_hash_table_remove_all (self->open_paths);
  g_hash_table_remove_all (self->old_texts);
  g_clear_pointer (&self->selected_path, g_free);
}

gboolean
flatline_value_memory_has_rows (FlatlineValueMemory *self)
{
  return g_hash_table_size (self->old_texts) > 0;
}

static guint
count_rows (GtkSingleSelection *selection)
{
  return MIN (g_list_model_get_n_items (G_LIST_MODEL (selection)), MAX_REMEMBERED);
}

void
flatline_value_memory_remember (FlatlineValueMemory *self, GtkSingleSelection *selection)
{
  const guint n_rows = count_rows (selection);

  flatline_value_memory_forget (self);
  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (selection), i);
      g_autoptr (FlatlineValue) value = gtk_tree_list_row_get_item (row);
      char *path;

      if (!value)
        continue; /* it is about to go */
      path = dup_path (row);
      if (gtk_tree_list_row_get_expanded (row))
        g_hash_table_add (self->open_paths, g_strdup (path));
      if (i == gtk_single_selection_get_selected (selection))
        self->selected_path = g_strdup (path);
      g_hash_table_replace (self->old_texts, path, g_strdup (value->text));
    }
}

static void
set_changed (FlatlineValue *value)
{
  g_object_set_data (G_OBJECT (value), "flatline-changed", GINT_TO_POINTER (TRUE));
}

gboolean
flatline_value_is_changed (FlatlineValue *value)
{
  return g_object_get_data (G_OBJECT (value), "flatline-changed") != NULL;
}

static void
restore_row (FlatlineValueMemory *self, GtkSingleSelection *selection, guint position)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (selection), position);
  g_autoptr (FlatlineValue) value = gtk_tree_list_row_get_item (row);
  g_autofree char *path = value ? dup_path (row) : NULL;
  const char *old = path ? g_hash_table_lookup (self->old_texts, path) : NULL;

  if (!path)
    return; /* it is about to go */
  if (old && g_strcmp0 (old, value->text) != 0 && !flatline_value_is_changed (value))
    {
      set_changed (value);
      g_object_notify (G_OBJECT (value), "text");
    }
  if (g_strcmp0 (path, self->selected_path) == 0)
    {
      gtk_single_selection_set_selected (selection, position);
      g_clear_pointer (&self->selected_path, g_free);
    }
  if (g_hash_table_remove (self->open_paths, path))
    gtk_tree_list_row_set_expanded (row, TRUE);
}

void
flatline_value_memory_restore (FlatlineValueMemory *self, GtkSingleSelection *selection)
{
  for (guint i = 0; flatline_value_memory_has_rows (self) && i < count_rows (selection); i++)
    restore_row (self, selection, i);
}

gboolean
flatline_frame_is_same_call (FlatlineFrame *before, FlatlineFrame *now)
{
  return before && now && before != now && before->address == now->address && g_strcmp0 (before->file, now->file) == 0
         && g_strcmp0 (before->function, now->function) == 0;
}

void
flatline_values_mark_changes (GListStore *before, GListStore *now)
{
  for (guint i = 0; i < flatline_list_length (now); i++)
    {
      FlatlineValue *value = flatline_list_peek (now, i);
      FlatlineValue *old = NULL;

      for (guint n = 0; n < flatline_list_length (before) && !old; n++)
        {
          FlatlineValue *candidate = flatline_list_peek (before, n);

          if (g_strcmp0 (candidate->name, value->name) == 0 && g_strcmp0 (candidate->kind, value->kind) == 0)
            old = candidate;
        }
      if (!old || g_strcmp0 (old->text, value->text) != 0 || old->size != value->size)
        set_changed (value);
      else
        flatline_values_mark_changes (old->children, value->children);
    }
}
