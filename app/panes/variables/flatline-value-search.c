/* SPDX-License-Identifier: MIT */
/* Goes through the value in strides, between which it may be cancelled. */
#include "flatline-value-search.h"

#include <string.h>

#define STRIDE_BYTES (4 * 1024 * 1024)

typedef struct
{
  GBytes *bytes;
  GBytes *needle;
  gsize from;
  gboolean forward;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_bytes_unref (search->bytes);
  g_bytes_unref (search->needle);
  g_free (search);
}

GBytes *
flatline_value_search_parse (const char *words, gboolean is_text)
{
  const char *digits = !is_text && g_str_has_prefix (words, "0x") ? words + 2 : NULL;
  const gsize n = digits ? strlen (digits) : 0;
  GByteArray *bytes;

  if (*words == '\0')
    return NULL;
  if (n == 0 || n % 2 != 0 || strspn (digits, "0123456789abcdefABCDEF") != n)
    return g_bytes_new (words, strlen (words));
  bytes = g_byte_array_new ();
  for (gsize i = 0; i < n; i += 2)
    {
      const guint8 byte = (guint8)(g_ascii_xdigit_value (digits[i]) * 16 + g_ascii_xdigit_value (digits[i + 1]));

      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (bytes);
}

/* Matches that begin in the @length bytes at @begin; -1 none. */
static gssize
find_in_stride (const Search *search, gsize begin, gsize length)
{
  gsize size, needle_size;
  const char *data = g_bytes_get_data (search->bytes, &size);
  const char *needle = g_bytes_get_data (search->needle, &needle_size);
  const char *end = data + MIN (begin + length + needle_size - 1, size), *at = data + begin, *last = NULL;

  while ((at = memmem (at, (gsize)(end - at), needle, needle_size)))
    {
      last = at;
      if (search->forward)
        break;
      at++;
    }
  return last ? last - data : -1;
}

/* Among the matches that begin from @begin to before @end. */
static gssize
find_between (const Search *search, gsize begin, gsize end, GCancellable *cancellable)
{
  gssize found = -1;

  while (begin < end && found < 0 && !g_cancellable_is_cancelled (cancellable))
    {
      const gsize length = MIN (end - begin, STRIDE_BYTES);

      found = find_in_stride (search, search->forward ? begin : end - length, length);
      if (search->forward)
        begin += length;
      else
        end -= length;
    }
  return found;
}

static void
search_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Search *search = task_data;
  const gsize size = g_bytes_get_size (search->bytes), from = MIN (search->from, size);
  gssize found =
      search->forward ? find_between (search, from, size, cancellable) : find_between (search, 0, from, cancellable);

  if (found < 0)
    found =
        search->forward ? find_between (search, 0, from, cancellable) : find_between (search, from, size, cancellable);
  g_task_return_int (task, found);
}

void
flatline_value_search_async (GBytes *bytes,
                             GBytes *needle,
                             gsize from,
                             gboolean forward,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Search *search = g_new (Search, 1);

  *search = (Search){ g_bytes_ref (bytes), g_bytes_ref (needle), from, forward };
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, search_in_worker);
}

gssize
flatline_value_search_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

typedef struct
{
  guint index, n;
} Count;

static void
count_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Search *search = task_data;
  const gsize size = g_bytes_get_size (search->bytes);
  Count *count = g_new0 (Count, 1);
  gsize at = 0;

  while (at < size && count->n <= FLATLINE_VALUE_SEARCH_MAX_COUNTED && !g_cancellable_is_cancelled (cancellable))
    {
      const gsize length = MIN (size - at, STRIDE_BYTES);
      const gssize found = find_in_stride (search, at, length);

      if (found < 0)
        at += length;
      else
        {
          count->n++;
          count->index += (gsize)found <= search->from;
          at = (gsize)found + 1;
        }
    }
  g_task_return_pointer (task, count, g_free);
}

/* The line ends before it are counted; the last line when there are not so many. */
static void
find_line_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Search *search = task_data;
  gsize size, begin = 0;
  const char *data = g_bytes_get_data (search->bytes, &size), *end;

  for (gsize i = 1; i < search->from && begin < size && !g_cancellable_is_cancelled (cancellable); i++)
    {
      end = memchr (data + begin, '\n', size - begin);
      if (!end || (gsize)(end + 1 - data) == size)
        break;
      begin = (gsize)(end + 1 - data);
    }
  g_task_return_int (task, (gssize)begin);
}

static void
run (GBytes *bytes, GBytes *needle, gsize from, GTask *task, GTaskThreadFunc func)
{
  Search *search = g_new (Search, 1);

  *search = (Search){ g_bytes_ref (bytes), g_bytes_ref (needle), from, TRUE };
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, func);
}

void
flatline_value_search_count_async (GBytes *bytes,
                                   GBytes *needle,
                                   gsize match,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  run (bytes, needle, match, task, count_in_worker);
}

guint
flatline_value_search_count_finish (GAsyncResult *result, guint *index, GError **error)
{
  g_autofree Count *count = g_task_propagate_pointer (G_TASK (result), error);

  *index = count ? count->index : 0;
  return count ? count->n : 0;
}

void
flatline_value_search_line_async (
    GBytes *bytes, gsize line, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  run (bytes, bytes, line, task, find_line_in_worker);
}
