/* SPDX-License-Identifier: MIT */
/*
 * Some words begin with letters that are keys: who types "stack" has the status told at once, by its S. Such letters
 * are remembered, so that the word is understood at Enter, and not complained about when it is the key's own.
 */
#include "flatline-console-word.h"

#include <string.h>

#define KEY_INTERRUPT '\003'
#define KEY_BACKSPACE '\b'
#define KEY_KILL      '\025'
#define KEY_ESCAPE    '\033'
#define KEY_DELETE    '\177'

struct _FlatlineConsoleWord
{
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  GString *keys; /* letters that acted at once, without anything else between them */
  GString *text; /* of the word; empty: none */
};

FlatlineConsoleWord *
flatline_console_word_new (FlatlineConsolePrintFunc print, gpointer user_data)
{
  FlatlineConsoleWord *self = g_new0 (FlatlineConsoleWord, 1);

  self->print = print;
  self->user_data = user_data;
  self->keys = g_string_new (NULL);
  self->text = g_string_new (NULL);
  return self;
}

void
flatline_console_word_free (FlatlineConsoleWord *self)
{
  g_string_free (self->keys, TRUE);
  g_string_free (self->text, TRUE);
  g_free (self);
}

void
flatline_console_word_reset (FlatlineConsoleWord *self)
{
  g_string_truncate (self->keys, 0);
  g_string_truncate (self->text, 0);
}

gboolean
flatline_console_word_is_empty (FlatlineConsoleWord *self)
{
  return self->text->len == 0;
}

/* The word as it was meant: "stack" for "tack" after S. NULL when the key has done already what the word says. */
static char *
complete (FlatlineConsoleWord *self)
{
  if (flatline_console_find_key (self->text->str))
    return g_strdup (self->text->str);
  for (const char *keys = self->keys->str; *keys; keys++)
    {
      g_autofree char *word = g_strconcat (keys, self->text->str, NULL);
      const char found = flatline_console_find_key (word);

      if (found)
        return found == g_ascii_tolower (*keys) ? NULL : g_steal_pointer (&word);
    }
  return g_strdup (self->text->str);
}

static void
drop_last (FlatlineConsoleWord *self)
{
  g_string_truncate (self->text, self->text->len - 1);
  self->print ("\b \b", self->user_data);
}

static char *
take_of_word (FlatlineConsoleWord *self, char key)
{
  char *command = NULL;

  if (key == '\r' || key == '\n')
    {
      self->print ("\n", self->user_data);
      command = complete (self);
      flatline_console_word_reset (self);
    }
  else if (key == KEY_INTERRUPT || key == KEY_KILL || key == KEY_ESCAPE)
    while (self->text->len > 0)
      drop_last (self);
  else if (key == KEY_BACKSPACE || key == KEY_DELETE)
    drop_last (self);
  else if (g_ascii_isprint (key))
    {
      const char shown[] = { key, '\0' };

      g_string_append_c (self->text, key);
      self->print (shown, self->user_data);
    }
  return command;
}

char *
flatline_console_word_take (FlatlineConsoleWord *self, char key)
{
  const char command[] = { key, '\0' };

  if (self->text->len > 0)
    return take_of_word (self, key);
  if (g_ascii_isalpha (key) && !flatline_console_find_key (command))
    return take_of_word (self, key);
  if (g_ascii_isalpha (key))
    g_string_append_c (self->keys, key);
  else
    g_string_truncate (self->keys, 0);
  return g_strdup (command);
}
