/* SPDX-License-Identifier: MIT */
/* Millions go through here: words that are plain ASCII need no text folded. Pure. */
#include "config.h"

#include "flatline-item-batch.h"

#include <string.h>

typedef struct
{
  char *folded;
  gboolean is_ascii;
} Words;

static gboolean
has_words (const char *text, const Words *words)
{
  g_autofree char *folded = NULL;

  if (!text)
    return FALSE;
  if (words->is_ascii)
    return strcasestr (text, words->folded) != NULL;
  folded = g_utf8_casefold (text, -1);
  return strstr (folded, words->folded) != NULL;
}

/* "[3]", "['key']", "[('a', 1)]": what is between the brackets, or the quotes within. */
static gboolean
is_named (const char *name, const char *words)
{
  const gsize length = strlen (words);
  gsize n = name ? strlen (name) : 0;

  if (n < 2 || name[0] != '[' || name[n - 1] != ']')
    return FALSE;
  name++;
  n -= 2;
  if (n == length && strncmp (name, words, n) == 0)
    return TRUE;
  return n == length + 2 && (name[0] == '\'' || name[0] == '"') && name[n - 1] == name[0]
         && strncmp (name + 1, words, length) == 0;
}

FlatlineItemBatch *
flatline_item_batch_new (FlatlineValue *container, guint64 first_item, const char *words, FlatlineItemMatch match)
{
  FlatlineItemBatch *self = g_new0 (FlatlineItemBatch, 1);
  g_autofree char *folded = g_utf8_casefold (words, -1);
  const Words wanted = { folded, g_str_is_ascii (folded) };

  self->values = g_ptr_array_new_with_free_func (g_object_unref);
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->size = container->size;
  for (guint i = 0; i < flatline_list_length (container->children); i++)
    {
      FlatlineValue *value = flatline_list_peek (container->children, i);
      const guint64 number = first_item + self->n_looked_at;

      /* Attributes come behind the items. */
      if (g_strcmp0 (value->kind, "item") != 0)
        break;
      self->n_looked_at++;
      if (match == FLATLINE_ITEM_IS_NAMED ? !is_named (value->name, words)
                                          : !has_words (value->name, &wanted) && !has_words (value->text, &wanted)
                                                && !has_words (value->type, &wanted))
        continue;
      g_ptr_array_add (self->values, g_object_ref (value));
      g_array_append_val (self->numbers, number);
    }
  return self;
}

void
flatline_item_batch_free (FlatlineItemBatch *self)
{
  g_ptr_array_unref (self->values);
  g_array_unref (self->numbers);
  g_free (self);
}
