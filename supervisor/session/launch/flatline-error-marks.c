/* SPDX-License-Identifier: MIT */
/*
 * All marks begin with the same character, which is nowhere else in them: what looks like one and is none goes on at
 * the next of those.
 */
#include "config.h"

#include "flatline-error-marks.h"

#include <string.h>
#include <sys/stat.h>

#define FIRST      0x1f
#define BEGIN      0x02
#define END        0x03
#define N_RANDOM   8
#define MARK_BYTES (N_RANDOM + 2)

/* Left out is what a terminal answers or takes as the begin or end of a sequence. */
static const guint8 alphabet[] = { 0x01, 0x02, 0x03, 0x04, 0x06, 0x10, 0x11, 0x12,
                                   0x13, 0x14, 0x15, 0x16, 0x17, 0x19, 0x1c, 0x1d };

struct _FlatlineErrorMarks
{
  guint8 stem[MARK_BYTES - 1]; /* of both marks; the last character tells which */
  GByteArray *piece;           /* of the kind that is_error says, not told yet */
  GByteArray *held;            /* may be the begin of a mark */
  gboolean is_error;
};

FlatlineErrorMarks *
flatline_error_marks_new (void)
{
  FlatlineErrorMarks *self = g_new0 (FlatlineErrorMarks, 1);

  self->stem[0] = FIRST;
  for (gsize i = 1; i < sizeof self->stem; i++)
    self->stem[i] = alphabet[g_random_int_range (0, G_N_ELEMENTS (alphabet))];
  self->piece = g_byte_array_new ();
  self->held = g_byte_array_new ();
  return self;
}

void
flatline_error_marks_free (FlatlineErrorMarks *self)
{
  g_byte_array_unref (self->piece);
  g_byte_array_unref (self->held);
  g_free (self);
}

char *
flatline_error_marks_dup_word (FlatlineErrorMarks *self, int fd)
{
  GString *word;
  struct stat status;

  if (fstat (fd, &status) != 0)
    return NULL;
  word = g_string_new (NULL);
  for (int end = 0; end < 2; end++)
    {
      for (gsize i = 0; i < sizeof self->stem; i++)
        g_string_append_printf (word, "%02x", self->stem[i]);
      g_string_append_printf (word, "%02x ", end ? END : BEGIN);
    }
  g_string_append_printf (word, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, (guint64)status.st_dev,
                          (guint64)status.st_ino);
  return g_string_free (word, FALSE);
}

static void
tell_piece (FlatlineErrorMarks *self, FlatlineErrorMarksTell tell, gpointer user_data)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->piece->len == 0)
    return;
  bytes = g_bytes_new (self->piece->data, self->piece->len);
  g_byte_array_set_size (self->piece, 0);
  tell (user_data, self->is_error, bytes);
}

/* How much of what is there is a mark, up to the whole one; 0: none. */
static gsize
match (FlatlineErrorMarks *self, const guint8 *text, gsize length)
{
  if (memcmp (text, self->stem, MIN (length, sizeof self->stem)) != 0)
    return 0;
  if (length < MARK_BYTES)
    return length;
  return text[MARK_BYTES - 1] == BEGIN || text[MARK_BYTES - 1] == END ? MARK_BYTES : 0;
}

static void
part_text (FlatlineErrorMarks *self, const guint8 *text, gsize length, FlatlineErrorMarksTell tell, gpointer user_data)
{
  const guint8 *const end = text + length;

  while (text < end)
    {
      const guint8 *first = memchr (text, FIRST, end - text);
      gsize matched;

      g_byte_array_append (self->piece, text, (first ? first : end) - text);
      if (!first)
        return;
      matched = match (self, first, end - first);
      text = first + MAX (matched, 1);
      if (matched == 0)
        g_byte_array_append (self->piece, first, 1);
      else if (matched < MARK_BYTES)
        g_byte_array_append (self->held, first, matched);
      else if ((first[MARK_BYTES - 1] == BEGIN) != self->is_error)
        {
          tell_piece (self, tell, user_data);
          self->is_error = !self->is_error;
        }
    }
}

void
flatline_error_marks_part (FlatlineErrorMarks *self, GBytes *data, FlatlineErrorMarksTell tell, gpointer user_data)
{
  gsize length;
  const guint8 *text = g_bytes_get_data (data, &length);

  if (self->held->len > 0)
    {
      g_autoptr (GByteArray) joined = g_steal_pointer (&self->held);

      self->held = g_byte_array_new ();
      g_byte_array_append (joined, text, length);
      part_text (self, joined->data, joined->len, tell, user_data);
    }
  else if (!memchr (text, FIRST, length))
    {
      tell (user_data, self->is_error, data);
      return;
    }
  else
    part_text (self, text, length, tell, user_data);
  tell_piece (self, tell, user_data);
}

void
flatline_error_marks_end (FlatlineErrorMarks *self, FlatlineErrorMarksTell tell, gpointer user_data)
{
  g_byte_array_append (self->piece, self->held->data, self->held->len);
  g_byte_array_set_size (self->held, 0);
  tell_piece (self, tell, user_data);
}
