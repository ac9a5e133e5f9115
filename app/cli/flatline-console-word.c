/* SPDX-License-Identifier: MIT */
/*
 * No word begins with a digit, but most letters that are keys begin words, too: "refresh" must not restart a program at
 * its R. So a letter waits for Enter, alone or in a word. What arrow keys and their like send is taken and forgotten.
 */
#include "flatline-console-word.h"

#include <string.h>

#define KEY_INTERRUPT '\003'
#define KEY_BACKSPACE '\b'
#define KEY_KILL      '\025'
#define KEY_ESCAPE    '\033'
#define KEY_DELETE    '\177'

typedef enum
{
  ESCAPE_NONE,
  ESCAPE_BEGUN,    /* ESC came */
  ESCAPE_SEQUENCE, /* ESC [ or ESC O came; a letter or ~ ends it */
} Escape;

struct _FlatlineConsoleWord
{
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  GString *text; /* empty: none */
  Escape escape;
};

FlatlineConsoleWord *
flatline_console_word_new (FlatlineConsolePrintFunc print, gpointer user_data)
{
  FlatlineConsoleWord *self = g_new0 (FlatlineConsoleWord, 1);

  self->print = print;
  self->user_data = user_data;
  self->text = g_string_new (NULL);
  return self;
}

void
flatline_console_word_free (FlatlineConsoleWord *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

void
flatline_console_word_reset (FlatlineConsoleWord *self)
{
  g_string_truncate (self->text, 0);
  self->escape = ESCAPE_NONE;
}

gboolean
flatline_console_word_is_empty (FlatlineConsoleWord *self)
{
  return self->text->len == 0;
}

static void
drop_last (FlatlineConsoleWord *self)
{
  const char *last = g_utf8_find_prev_char (self->text->str, self->text->str + self->text->len);
  const gunichar character = last ? g_utf8_get_char_validated (last, -1) : 0;

  g_string_truncate (self->text, last ? (gsize)(last - self->text->str) : self->text->len - 1);
  self->print (character < 0x110000 && g_unichar_iswide (character) ? "\b\b  \b\b" : "\b \b", self->user_data);
}

static void
drop_all (FlatlineConsoleWord *self)
{
  while (self->text->len > 0)
    drop_last (self);
}

/* The last character, once all its bytes are there. */
static void
show_last (FlatlineConsoleWord *self)
{
  const char *last = g_utf8_find_prev_char (self->text->str, self->text->str + self->text->len);

  if (last && g_utf8_validate (last, -1, NULL))
    self->print (last, self->user_data);
}

static gboolean
belongs_to_escape (FlatlineConsoleWord *self, char key)
{
  const Escape before = self->escape;

  self->escape = ESCAPE_NONE;
  if (before == ESCAPE_BEGUN && (key == '[' || key == 'O'))
    self->escape = ESCAPE_SEQUENCE;
  else if (before == ESCAPE_SEQUENCE && key != '~' && !g_ascii_isalpha (key))
    self->escape = ESCAPE_SEQUENCE;
  else if (before == ESCAPE_BEGUN)
    drop_all (self); /* Escape by itself */
  return before == ESCAPE_SEQUENCE || self->escape != ESCAPE_NONE;
}

char *
flatline_console_word_take (FlatlineConsoleWord *self, char key)
{
  const char shown[] = { key, '\0' };
  char *command = NULL;

  if (belongs_to_escape (self, key))
    return NULL;
  if (key == '\r' || key == '\n')
    {
      if (self->text->len > 0)
        self->print ("\n", self->user_data);
      command = g_strdup (self->text->str);
      flatline_console_word_reset (self);
    }
  else if (key == KEY_INTERRUPT || key == KEY_KILL)
    drop_all (self);
  else if (key == KEY_ESCAPE)
    self->escape = ESCAPE_BEGUN;
  else if (key == KEY_BACKSPACE || key == KEY_DELETE)
    {
      if (self->text->len > 0)
        drop_last (self);
    }
  else if (self->text->len == 0 && !g_ascii_isalpha (key) && flatline_console_find_key (shown))
    command = g_strdup (shown);
  else if ((g_ascii_isprint (key) || (guchar)key >= 0x80) && !(key == ' ' && self->text->len == 0))
    {
      g_string_append_c (self->text, key);
      show_last (self);
    }
  return command;
}
