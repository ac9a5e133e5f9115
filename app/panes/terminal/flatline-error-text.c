/* SPDX-License-Identifier: MIT */
/*
 * The begin of a line is held back for a moment that nobody sees: what writes a line in pieces (faulthandler, programs
 * in C) has ended it by then, and what has not waits for an answer.
 */
#include "config.h"

#include "flatline-error-text.h"

#include <string.h>

#define HOLD_MS   50
#define MAX_BEGUN 1024 /* bytes: a longer line is no question */

typedef enum
{
  LINE_NOT_SHOWN,
  LINE_OF_ERROR,
  LINE_OF_QUESTION,
} Line;

struct _FlatlineErrorText
{
  FlatlineErrorTextShow show;
  gpointer user_data;
  GString *begun; /* held back */
  Line line;      /* what is shown of it keeps its kind up to its end */
  guint hold_source;
};

FlatlineErrorText *
flatline_error_text_new (FlatlineErrorTextShow show, gpointer user_data)
{
  FlatlineErrorText *self = g_new0 (FlatlineErrorText, 1);

  self->show = show;
  self->user_data = user_data;
  self->begun = g_string_new (NULL);
  return self;
}

void
flatline_error_text_free (FlatlineErrorText *self)
{
  g_clear_handle_id (&self->hold_source, g_source_remove);
  g_string_free (self->begun, TRUE);
  g_free (self);
}

static void
show (FlatlineErrorText *self, const char *text, gsize length)
{
  if (length > 0)
    self->show (self->user_data, text, length, self->line != LINE_OF_QUESTION);
}

static void
show_begun (FlatlineErrorText *self, Line line)
{
  g_clear_handle_id (&self->hold_source, g_source_remove);
  if (self->begun->len == 0)
    return;
  self->line = line;
  show (self, self->begun->str, self->begun->len);
  g_string_truncate (self->begun, 0);
}

static gboolean
on_held (gpointer user_data)
{
  FlatlineErrorText *self = user_data;

  self->hold_source = 0;
  show_begun (self, LINE_OF_QUESTION);
  return G_SOURCE_REMOVE;
}

static void
begin_line (FlatlineErrorText *self, const char *text, gsize length)
{
  g_string_append_len (self->begun, text, length);
  if (self->begun->len > MAX_BEGUN)
    show_begun (self, LINE_OF_ERROR);
  else if (self->begun->len > 0 && !self->hold_source)
    /* After the output that is there already, on a busy machine, too. */
    self->hold_source = g_timeout_add_full (G_PRIORITY_LOW, HOLD_MS, on_held, self, NULL);
}

/* The rest of the line that is begun, and then whole lines, all at once. */
void
flatline_error_text_add (FlatlineErrorText *self, const char *text, gsize length)
{
  const char *end = text + length;
  const char *rest = end;

  while (rest > text && rest[-1] != '\n')
    rest--;
  if (rest > text)
    {
      const char *next = memchr (text, '\n', length);

      show_begun (self, LINE_OF_ERROR);
      show (self, text, next + 1 - text);
      self->line = LINE_NOT_SHOWN;
      show (self, next + 1, rest - (next + 1));
    }
  if (self->line == LINE_NOT_SHOWN)
    begin_line (self, rest, end - rest);
  else
    show (self, rest, end - rest);
}

void
flatline_error_text_settle (FlatlineErrorText *self)
{
  show_begun (self, LINE_OF_ERROR);
  self->line = LINE_NOT_SHOWN;
}
