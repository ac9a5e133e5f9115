/* SPDX-License-Identifier: MIT */
/* The program's output as it comes, and the way for what is typed. */
#include "config.h"

#include "flatline-output.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#define CHUNK_BYTES         (64 * 1024)
#define MAX_DRAIN_BYTES     (1024 * 1024)
#define END_OF_TRANSMISSION 4
#define MAX_PENDING_BYTES   (1024 * 1024)

struct _FlatlineOutput
{
  GObject parent_instance;
  int fd;
  guint source;
  gboolean closed;
};

struct _FlatlineInput
{
  GObject parent_instance;
  int fd;
  guint source;
  GByteArray *pending;
  gboolean in_line; /* what was written last does not end a line */
  gboolean ending;  /* close when nothing is pending */
};

enum
{
  SIGNAL_DATA,
  SIGNAL_CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineOutput, flatline_output, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (FlatlineInput, flatline_input, G_TYPE_OBJECT)

/* Stops reading and closes; emits nothing. */
static void
close_output (FlatlineOutput *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->closed = TRUE;
}

static void
flatline_output_finalize (GObject *object)
{
  close_output (FLATLINE_OUTPUT (object));
  G_OBJECT_CLASS (flatline_output_parent_class)->finalize (object);
}

static void
flatline_output_class_init (FlatlineOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_output_finalize;
  signals[SIGNAL_DATA] = g_signal_new ("data", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[SIGNAL_CLOSED] =
      g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_output_init (FlatlineOutput *self)
{
  self->fd = -1;
}

/*
 * Reads until nothing is left or a chunk is full, since a terminal gives at most 4 KiB a read. Returns the bytes; 0
 * when nothing is there now.
 */
static gsize
read_chunk (FlatlineOutput *self)
{
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);
  gsize length = 0;
  gboolean ended = FALSE;

  while (length < CHUNK_BYTES)
    {
      gssize n = read (self->fd, chunk + length, CHUNK_BYTES - length);

      if (n > 0)
        length += n;
      else if (n < 0 && errno == EINTR)
        continue;
      else
        {
          /* A terminal says EIO when the last descriptor of the program's side was closed. */
          ended = n == 0 || errno != EAGAIN;
          break;
        }
    }
  if (length > 0)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (chunk, length);

      g_signal_emit (self, signals[SIGNAL_DATA], 0, bytes);
    }
  if (ended && !self->closed)
    {
      close_output (self);
      g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
    }
  return length;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (FlatlineOutput) self = g_object_ref (user_data);

  read_chunk (self);
  return self->closed ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

FlatlineOutput *
flatline_output_new (int fd)
{
  FlatlineOutput *self = g_object_new (FLATLINE_TYPE_OUTPUT, NULL);

  self->fd = fd;
  self->source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
  return self;
}

void
flatline_output_drain (FlatlineOutput *self)
{
  gsize total = 0;
  gsize n;

  g_object_ref (self);
  while (!self->closed && total < MAX_DRAIN_BYTES && (n = read_chunk (self)) > 0)
    total += n;
  g_object_unref (self);
}

gboolean
flatline_output_is_closed (FlatlineOutput *self)
{
  return self->closed;
}

int
flatline_output_get_fd (FlatlineOutput *self)
{
  return self->fd;
}

static void
flatline_input_finalize (GObject *object)
{
  FlatlineInput *self = FLATLINE_INPUT (object);

  g_clear_handle_id (&self->source, g_source_remove);
  if (self->fd >= 0)
    close (self->fd);
  g_byte_array_unref (self->pending);
  G_OBJECT_CLASS (flatline_input_parent_class)->finalize (object);
}

static void
flatline_input_class_init (FlatlineInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_input_finalize;
}

static void
flatline_input_init (FlatlineInput *self)
{
  self->fd = -1;
  self->pending = g_byte_array_new ();
}

static void
close_input (FlatlineInput *self)
{
  close (self->fd);
  self->fd = -1;
}

/* Writes what goes; FALSE when the other side is gone. */
static gboolean
write_pending (FlatlineInput *self)
{
  while (self->pending->len > 0)
    {
      gssize n = write (self->fd, self->pending->data, self->pending->len);

      if (n > 0)
        g_byte_array_remove_range (self->pending, 0, n);
      else if (n < 0 && errno == EINTR)
        continue;
      else if (n < 0 && errno == EAGAIN)
        return TRUE;
      else
        {
          g_byte_array_set_size (self->pending, 0);
          return FALSE;
        }
    }
  if (self->ending)
    close_input (self);
  return TRUE;
}

static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  FlatlineInput *self = user_data;

  write_pending (self);
  if (self->pending->len > 0)
    return G_SOURCE_CONTINUE;
  self->source = 0;
  return G_SOURCE_REMOVE;
}

FlatlineInput *
flatline_input_new (int fd)
{
  FlatlineInput *self = g_object_new (FLATLINE_TYPE_INPUT, NULL);

  self->fd = fd;
  return self;
}

gboolean
flatline_input_write (FlatlineInput *self, const char *data, gsize length)
{
  if (self->ending || self->fd < 0 || length > MAX_PENDING_BYTES - self->pending->len)
    return FALSE;
  if (length == 0)
    return TRUE;
  self->in_line = data[length - 1] != '\n';
  g_byte_array_append (self->pending, (const guint8 *)data, length);
  if (self->source == 0)
    {
      if (!write_pending (self))
        return FALSE;
      if (self->pending->len > 0)
        self->source = g_unix_fd_add (self->fd, G_IO_OUT, on_writable, self);
    }
  return TRUE;
}

gsize
flatline_input_get_pending (FlatlineInput *self)
{
  return self->pending->len;
}

void
flatline_input_end (FlatlineInput *self, gboolean is_terminal)
{
  /* In the middle of a line the first key only hands over the line. */
  static const char keys[] = { END_OF_TRANSMISSION, END_OF_TRANSMISSION };

  if (is_terminal)
    {
      gboolean in_line = self->in_line;

      flatline_input_write (self, keys, in_line ? 2 : 1);
      self->in_line = FALSE;
      return;
    }
  self->ending = TRUE;
  if (self->pending->len == 0 && self->fd >= 0)
    close_input (self);
}
