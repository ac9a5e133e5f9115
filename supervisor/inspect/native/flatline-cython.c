/* SPDX-License-Identifier: MIT */
/*
 * See flatline-cython.h. A name is "__pyx_", of which kind it is, the module and its packages, then classes, each
 * behind its length, then the function behind a number that makes it unlike any other. Each line of the source stands
 * in a remark in the C file before what was made of it: "shape.pyx":5.
 */
#include "flatline-cython.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX         "__pyx_"
#define MAX_FILE_BYTES (64 * 1024 * 1024)

typedef struct
{
  guint c_line;
  const char *file; /* of all marks with this name */
  guint line;
} Mark;

struct _FlatlineCython
{
  GHashTable *files; /* path of a C file: GArray of Mark, by line */
};

/* What the target's files say is not trusted: no device is opened for good, no endless file read. */
static GMappedFile *
map_file (const char *path)
{
  const int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  GMappedFile *file = NULL;
  struct stat facts;

  if (fd < 0)
    return NULL;
  if (fstat (fd, &facts) == 0 && S_ISREG (facts.st_mode) && facts.st_size <= MAX_FILE_BYTES)
    file = g_mapped_file_new_from_fd (fd, FALSE, NULL);
  close (fd);
  return file;
}

/* A path in a remark is one from where the compiler ran, which is near the C file. */
static const char *
find_source (const char *c_file, const char *named)
{
  g_autofree char *folder = g_path_get_dirname (c_file);
  g_autofree char *base = g_path_get_basename (named);
  g_autofree char *below = g_build_filename (folder, named, NULL);
  g_autofree char *beside = g_build_filename (folder, base, NULL);

  if (!g_path_is_absolute (named) && g_file_test (below, G_FILE_TEST_IS_REGULAR))
    return g_intern_string (below);
  if (g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    return g_intern_string (beside);
  return g_intern_string (named);
}

/* TRUE: the line from @at to @end is a mark. */
static gboolean
read_mark (const char *c_file, const char *at, const char *end, Mark *mark)
{
  const char *name, *quote;
  g_autofree char *named = NULL;
  g_autofree char *number = NULL;

  while (at < end && *at == ' ')
    at++;
  if (end - at < 6 || strncmp (at, "/* \"", 4) != 0)
    return FALSE;
  name = at + 4;
  quote = memchr (name, '"', (gsize)(end - name));
  if (!quote || quote + 2 >= end || quote[1] != ':' || !g_ascii_isdigit (quote[2]))
    return FALSE;
  named = g_strndup (name, (gsize)(quote - name));
  number = g_strndup (quote + 2, (gsize)(end - quote - 2));
  mark->file = find_source (c_file, named);
  mark->line = (guint)strtoul (number, NULL, 10);
  return TRUE;
}

static GArray *
read_marks (const char *c_file)
{
  GArray *marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  GMappedFile *file = map_file (c_file);
  const char *at = file ? g_mapped_file_get_contents (file) : NULL;
  const char *end = at ? at + g_mapped_file_get_length (file) : NULL;
  Mark mark = { 0 };

  for (guint line = 1; at && at < end; line++)
    {
      const char *newline = memchr (at, '\n', (gsize)(end - at));
      const char *stop = newline ? newline : end;

      if (read_mark (c_file, at, stop, &mark))
        {
          mark.c_line = line;
          g_array_append_val (marks, mark);
        }
      at = stop + 1;
    }
  g_clear_pointer (&file, g_mapped_file_unref);
  return marks;
}

/* The last before the line. */
static const Mark *
find_mark (const GArray *marks, guint c_line)
{
  guint first = 0, end = marks->len;

  while (first < end)
    {
      guint middle = (first + end) / 2;

      if (g_array_index (marks, Mark, middle).c_line <= c_line)
        first = middle + 1;
      else
        end = middle;
    }
  return first > 0 ? &g_array_index (marks, Mark, first - 1) : NULL;
}

/* "5shape_4area" is "shape.area"; NULL: it is none of these. */
static char *
dup_dotted (const char *mangled)
{
  GString *dotted = g_string_new (NULL);

  while (g_ascii_isdigit (*mangled))
    {
      char *part;
      const gsize length = strtoul (mangled, &part, 10);

      if (length == 0 || length >= strlen (part) || part[length] != '_')
        break;
      g_string_append_len (dotted, part, (gssize)length);
      g_string_append_c (dotted, '.');
      mangled = part + length + 1;
    }
  while (g_ascii_isdigit (*mangled))
    mangled++;
  if (dotted->len == 0 || *mangled == '\0')
    {
      g_string_free (dotted, TRUE);
      return NULL;
    }
  /* As C++ has it, what it takes follows. */
  g_string_append_len (dotted, mangled, (gssize)strcspn (mangled, "("));
  return g_string_free (dotted, FALSE);
}

/* Of the kinds that stand for a function: as Python calls it, its body, one of C, the body of a generator. */
static char *
dup_name (const char *function)
{
  static const char *const kinds[] = { "pw_", "pf_", "f_", "gb_" };

  if (!g_str_has_prefix (function, PREFIX))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (function + strlen (PREFIX), kinds[i]))
      return dup_dotted (function + strlen (PREFIX) + strlen (kinds[i]));
  return NULL;
}

void
flatline_cython_rename (FlatlineCython *self, FlatlineFrame *frame)
{
  g_autofree char *name = dup_name (frame->function);
  const Mark *mark;
  GArray *marks;

  if (!name)
    return;
  g_free (frame->function);
  g_free (frame->qualified_name);
  frame->function = g_strdup (strrchr (name, '.') + 1);
  frame->qualified_name = g_steal_pointer (&name);
  if (!frame->file || frame->line <= 0)
    return;
  marks = g_hash_table_lookup (self->files, frame->file);
  if (!marks)
    {
      marks = read_marks (frame->file);
      g_hash_table_insert (self->files, g_strdup (frame->file), marks);
    }
  mark = find_mark (marks, (guint)frame->line);
  if (mark)
    {
      g_free (frame->file);
      frame->file = g_strdup (mark->file);
      frame->line = (gint)mark->line;
    }
}

FlatlineCython *
flatline_cython_new (void)
{
  FlatlineCython *self = g_new0 (FlatlineCython, 1);

  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  return self;
}

void
flatline_cython_free (FlatlineCython *self)
{
  g_hash_table_unref (self->files);
  g_free (self);
}
