/* SPDX-License-Identifier: MIT */
/* A turn's portion goes through at once; the rest waits for the turns after it. */
#include "config.h"

#include "flatline-feed-queue.h"

#include <string.h>

#define TURN_MS       16
#define PORTION_BYTES (48 * 1024)       /* of a turn: a few milliseconds' work */
#define MAX_BYTES     (4 * 1024 * 1024) /* of what has few lines, or none */
#define PLAIN         "\033[0m"         /* what was left out may have begun a colour */

struct _FlatlineFeedQueue
{
  FlatlineFeedQueueFeed feed;
  gpointer user_data;
  guint max_lines;
  GByteArray *waiting; /* from @from on */
  gsize from;
  guint n_lines; /* that wait */
  gsize n_fed;   /* in this turn */
  guint turn_source;
};

FlatlineFeedQueue *
flatline_feed_queue_new (FlatlineFeedQueueFeed feed, gpointer user_data, guint max_lines)
{
  FlatlineFeedQueue *self = g_new0 (FlatlineFeedQueue, 1);

  self->feed = feed;
  self->user_data = user_data;
  self->max_lines = max_lines;
  self->waiting = g_byte_array_new ();
  return self;
}

void
flatline_feed_queue_free (FlatlineFeedQueue *self)
{
  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_byte_array_unref (self->waiting);
  g_free (self);
}

static gsize
count_waiting (FlatlineFeedQueue *self)
{
  return self->waiting->len - self->from;
}

static guint
count_lines (const guint8 *text, gsize length)
{
  const guint8 *const end = text + length;
  guint n = 0;

  while ((text = memchr (text, '\n', end - text)))
    {
      n++;
      text++;
    }
  return n;
}

/* What was a flood's gives its memory back; moving the rest each time would cost more than to keep it for a while. */
static void
go_on (FlatlineFeedQueue *self, gsize length)
{
  self->n_lines -= count_lines (self->waiting->data + self->from, length);
  self->from += length;
  if (self->from == self->waiting->len && self->from <= PORTION_BYTES)
    {
      g_byte_array_set_size (self->waiting, 0);
      self->from = 0;
    }
  else if (self->from == self->waiting->len)
    {
      g_byte_array_unref (self->waiting);
      self->waiting = g_byte_array_new ();
      self->from = 0;
    }
  else if (self->from > self->waiting->len / 2)
    {
      g_byte_array_remove_range (self->waiting, 0, self->from);
      self->from = 0;
    }
}

static void
feed_portion (FlatlineFeedQueue *self)
{
  const gsize length = MIN (count_waiting (self), PORTION_BYTES - self->n_fed);

  if (length == 0)
    return;
  self->n_fed += length;
  self->feed (self->user_data, (const char *)self->waiting->data + self->from, length);
  go_on (self, length);
}

static gboolean
on_turn (gpointer user_data)
{
  FlatlineFeedQueue *self = user_data;

  self->n_fed = 0;
  feed_portion (self);
  if (self->n_fed > 0)
    return G_SOURCE_CONTINUE;
  self->turn_source = 0;
  return G_SOURCE_REMOVE;
}

/* Lines that would scroll out of what the terminal keeps; half of what is without lines. */
static gsize
find_needless (FlatlineFeedQueue *self)
{
  const guint8 *const begin = self->waiting->data + self->from;
  const guint8 *text = begin;

  if (self->n_lines > 2 * self->max_lines)
    {
      for (guint n = self->n_lines - self->max_lines; n > 0; n--)
        text = (const guint8 *)memchr (text, '\n', begin + count_waiting (self) - text) + 1;
      return text - begin;
    }
  return count_waiting (self) > MAX_BYTES ? count_waiting (self) - MAX_BYTES / 2 : 0;
}

static void
leave_out (FlatlineFeedQueue *self)
{
  const gsize needless = find_needless (self);

  if (needless == 0)
    return;
  go_on (self, needless);
  self->feed (self->user_data, PLAIN, strlen (PLAIN));
}

void
flatline_feed_queue_add (FlatlineFeedQueue *self, const char *text, gsize length)
{
  g_byte_array_append (self->waiting, (const guint8 *)text, length);
  self->n_lines += count_lines ((const guint8 *)text, length);
  feed_portion (self);
  leave_out (self);
  if (!self->turn_source)
    /* When the rest of the window has had its turn. */
    self->turn_source = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, TURN_MS, on_turn, self, NULL);
}

void
flatline_feed_queue_clear (FlatlineFeedQueue *self)
{
  go_on (self, count_waiting (self));
}
