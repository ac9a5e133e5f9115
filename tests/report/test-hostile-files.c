/* SPDX-License-Identifier: MIT */
/*
 * Changed .flatline files: read, diagnosed, reported as text and HTML, written again, whatever they hold. The corpus is
 * tests/fixtures/snapshots; ./test --sanitize --fuzz SECONDS report/hostile-files goes on with it for so long. A file
 * that ends the test stays in the temporary folder under the name that was printed.
 */
#include "flatline-diagnose.h"
#include "flatline-file.h"
#include "flatline-report-html.h"
#include "flatline-report-text.h"
#include "flatline-snapshot-pack.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define LEAST_ROUNDS 200

typedef struct
{
  GPtrArray *names;
  GPtrArray *files; /* GBytes, as they are */
  GPtrArray *texts; /* GString: the JSON of those that open */
} Corpus;

static void
corpus_free (Corpus *corpus)
{
  g_ptr_array_unref (corpus->names);
  g_ptr_array_unref (corpus->files);
  g_ptr_array_unref (corpus->texts);
  g_free (corpus);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Corpus, corpus_free)

static void
free_string (gpointer string)
{
  g_string_free (string, TRUE);
}

static Corpus *
load_corpus (void)
{
  Corpus *corpus = g_new0 (Corpus, 1);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "fixtures", "snapshots", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  corpus->names = g_ptr_array_new_with_free_func (g_free);
  corpus->files = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  corpus->texts = g_ptr_array_new_with_free_func (free_string);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (FlatlineSnapshot) snapshot = NULL;
      GBytes *bytes;
      char *data;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      bytes = g_bytes_new_take (data, size);
      g_ptr_array_add (corpus->names, g_strdup (name));
      g_ptr_array_add (corpus->files, bytes);
      snapshot = flatline_snapshot_unpack (bytes, NULL);
      if (snapshot)
        {
          g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);

          g_ptr_array_add (corpus->texts, g_string_new (json));
        }
    }
  g_assert_cmpuint (corpus->texts->len, >=, 4);
  return corpus;
}

static void
check_text (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *c = text; *c; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      g_assert_true (character == '\n' || !g_unichar_iscntrl (character));
      g_assert_true (character < 0x202a || character > 0x202e);
      g_assert_true (character < 0x2066 || character > 0x2069);
    }
}

/* Everything that is done with a file from elsewhere. TRUE when it was opened. */
static gboolean
use (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_unpack (bytes, &error);
  g_autoptr (FlatlineSnapshot) again = NULL;
  g_autoptr (GBytes) packed = NULL;
  g_autofree char *text = NULL;
  g_autofree char *html = NULL;

  if (!snapshot)
    {
      g_assert_nonnull (error);
      return FALSE;
    }
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  check_text (text);
  html = flatline_report_html (snapshot);
  check_text (html);
  g_assert_null (strstr (html, "<script"));
  packed = flatline_snapshot_pack (snapshot);
  again = flatline_snapshot_unpack (packed, &error);
  g_assert_no_error (error);
  flatline_diagnose (snapshot);
  return TRUE;
}

static GBytes *
compress (GString *json)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GConverter) compressor = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, compressor);

  g_assert_true (g_output_stream_write_all (stream, json->str, json->len, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* The begin and length of a random JSON string, quotes included, that is no key; 0 long when there is none near. */
static gsize
find_string (GString *json, gsize *start_out)
{
  gsize at = g_random_int_range (0, (gint32)json->len);
  const char *start = NULL, *c;

  for (c = json->str; c < json->str + json->len; c++)
    {
      if (*c != '"')
        continue;
      start = c++;
      while (c < json->str + json->len && *c != '"')
        c += *c == '\\' ? 2 : 1;
      if (c + 1 >= json->str + json->len)
        return 0;
      if (c[1] != ':' && start >= json->str + at)
        {
          *start_out = start - json->str;
          return c + 1 - start;
        }
    }
  return 0;
}

static void
replace (GString *json, gsize start, gsize length, const char *with, gsize with_length)
{
  g_string_erase (json, start, length);
  g_string_insert_len (json, start, with, with_length);
}

static void
mutate_values (GString *json)
{
  static const char *const evil[] = {
    "\"\\u001b]0;owned\\u0007\"",
    "\"\\u202e\"",
    "\"</pre><script>\"",
    "\"%s%n%d\"",
    "\"\\ud800\"",
    "null",
    "\"0x7f\"",
    "\"0xffffffffffffffffffff\"",
    "\"\"",
    "-1",
    "1e999",
    "99999999999999999999",
    "[]",
    "{}",
    "true",
  };
  gsize start, length = find_string (json, &start);
  gsize other_start, other_length = find_string (json, &other_start);

  if (length == 0 || other_length == 0)
    return;
  if (g_random_int_range (0, 3) == 0)
    {
      const char *with = evil[g_random_int_range (0, G_N_ELEMENTS (evil))];

      replace (json, start, length, with, strlen (with));
    }
  else
    {
      g_autofree char *with = g_strndup (json->str + other_start, other_length);

      replace (json, start, length, with, other_length);
    }
}

/* A number that is a member's value becomes another. */
static void
mutate_number (GString *json)
{
  static const char *const numbers[] = {
    "0", "-1", "9223372036854775807", "-9223372036854775808", "1e308", "4294967296"
  };
  gsize at = g_random_int_range (0, (gint32)json->len);
  const char *with = numbers[g_random_int_range (0, G_N_ELEMENTS (numbers))];
  gsize end;

  while (at + 1 < json->len
         && !(json->str[at] == ':' && (g_ascii_isdigit (json->str[at + 1]) || json->str[at + 1] == '-')))
    at++;
  for (end = at + 1; end < json->len && strchr ("0123456789+-.eE", json->str[end]); end++)
    ;
  if (end < json->len && end > at + 1)
    replace (json, at + 1, end - at - 1, with, strlen (with));
}

static void
mutate_bytes (GString *json)
{
  gsize at = g_random_int_range (0, (gint32)json->len);
  gsize most = g_random_int_range (1, 200);
  gsize length = MIN (json->len - at, most);

  switch (g_random_int_range (0, 3))
    {
    case 0:
      json->str[at] ^= 1 << g_random_int_range (0, 8);
      break;
    case 1:
      g_string_erase (json, at, length);
      break;
    default:
      {
        g_autofree char *copy = g_strndup (json->str + at, length);

        g_string_insert_len (json, g_random_int_range (0, (gint32)json->len), copy, strlen (copy));
      }
    }
}

static GBytes *
make_changed (Corpus *corpus)
{
  GString *original = g_ptr_array_index (corpus->texts, g_random_int_range (0, (gint32)corpus->texts->len));
  g_autoptr (GString) json = g_string_new_len (original->str, original->len);
  g_autoptr (GBytes) bytes = NULL;
  gboolean keep_json = g_random_int_range (0, 10) < 8;

  for (int n = g_random_int_range (1, 9); n > 0 && json->len > 2; n--)
    {
      if (!keep_json && g_random_boolean ())
        mutate_bytes (json);
      else if (g_random_int_range (0, 3) == 0)
        mutate_number (json);
      else
        mutate_values (json);
    }
  bytes = compress (json);
  if (g_random_int_range (0, 20) == 0)
    return g_bytes_new_from_bytes (bytes, 0, g_random_int_range (0, (gint32)g_bytes_get_size (bytes)));
  if (g_random_int_range (0, 20) == 0)
    {
      gsize size;
      guint8 *data = g_bytes_unref_to_data (g_steal_pointer (&bytes), &size);

      data[g_random_int_range (0, (gint32)size)] ^= 1 << g_random_int_range (0, 8);
      return g_bytes_new_take (data, size);
    }
  return g_steal_pointer (&bytes);
}

static void
test_corpus (void)
{
  g_autoptr (Corpus) corpus = load_corpus ();

  for (guint i = 0; i < corpus->files->len; i++)
    {
      const char *name = g_ptr_array_index (corpus->names, i);
      gboolean opened = use (g_ptr_array_index (corpus->files, i));
      gboolean refused = strcmp (name, "cut-short.flatline") == 0 || strcmp (name, "newer-version.flatline") == 0
                         || strcmp (name, "nested-deeply.flatline") == 0;

      g_assert_cmpint (opened, ==, !refused);
    }
}

static void
test_changed (void)
{
  g_autoptr (Corpus) corpus = load_corpus ();
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  gint64 deadline = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  g_autofree char *path = g_strdup_printf ("%s/flatline-fuzz-%d.flatline", g_get_tmp_dir (), (int)getpid ());
  guint n_files = 0, n_opened = 0;

  g_test_message ("a file that ends this test is %s", path);
  while (n_files < LEAST_ROUNDS || g_get_monotonic_time () < deadline)
    {
      g_autoptr (GBytes) bytes = make_changed (corpus);

      g_assert_true (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      n_opened += use (bytes);
      n_files++;
    }
  g_test_message ("%u files, %u of them opened", n_files, n_opened);
  g_assert_cmpuint (n_opened, >, n_files / 10);
  g_unlink (path);
}

/* What is small and unpacks to much, in each way that there is. */
static void
test_bombs (void)
{
  static const struct
  {
    const char *begin, *piece;
    guint n;
  } bombs[] = {
    { "", "[", 1000000 },     { "", "{\"a\":", 1000000 }, { "{\"format\":\"flatline-snapshot\",\"x\":", "[", 100000 },
    { "[", "[],", 10000000 }, { "[", "1,", 30000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    {
      g_autoptr (GString) json = g_string_new (bombs[i].begin);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      for (guint n = 0; n < bombs[i].n; n++)
        g_string_append (json, bombs[i].piece);
      bytes = compress (json);
      g_assert_null (flatline_snapshot_unpack (bytes, &error));
      g_assert_nonnull (strstr (error->message, "refused"));
    }
}

/* Whatever version it claims to be of. */
static void
test_versions (void)
{
  static const char *const versions[] = { "2", "-1", "4294967297", "9223372036854775807", "99999999999999999999" };

  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autoptr (GString) json = g_string_new (NULL);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      g_string_printf (json, "{\"format\":\"flatline-snapshot\",\"version\":%s}", versions[i]);
      bytes = compress (json);
      g_assert_null (flatline_snapshot_unpack (bytes, &error));
      g_assert_nonnull (error);
    }
}

/* A chain and a group deeper than a person follows are shown as far as they go. */
static void
test_deep_chains (void)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new ("exception");
  FlatlineExceptionInfo *inner = NULL;
  g_autofree char *text = NULL;

  for (int i = 0; i < 100; i++)
    {
      FlatlineExceptionInfo *outer = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, "type-name", "E", NULL);

      if (inner && i % 2)
        flatline_list_append (&outer->group, inner);
      else
        outer->cause = inner;
      inner = outer;
    }
  snapshot->exception = inner;
  text = flatline_report_text (snapshot, FLATLINE_REPORT_ALL);
  g_assert_nonnull (strstr (text, "One of the group: E"));
  g_free (flatline_report_html (snapshot));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/hostile-files/corpus", test_corpus);
  g_test_add_func ("/report/hostile-files/bombs", test_bombs);
  g_test_add_func ("/report/hostile-files/versions", test_versions);
  g_test_add_func ("/report/hostile-files/deep-chains", test_deep_chains);
  g_test_add_func ("/report/hostile-files/changed", test_changed);
  return g_test_run ();
}
