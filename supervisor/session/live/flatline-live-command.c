/* SPDX-License-Identifier: MIT */
/* “trace NAME --count N --if EXPRESSION”: the expression is the rest of the line, but for a --count at its end. */
#include "config.h"

#include "flatline-live-command.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#define BLANK            " \t"
#define MAX_SOURCE_BYTES (32 * 1024) /* the agent takes lines of 64 KiB */

static const struct
{
  const char *name;
  FlatlineLiveWord word;
  const char *method;
  const char *usage;
} WORDS[] = {
  { "trace", FLATLINE_LIVE_TRACE, "trace", N_ ("trace NAME [--count N] [--if EXPRESSION]") },
  { "untrace", FLATLINE_LIVE_UNTRACE, "untrace", N_ ("untrace NAME|--all") },
  { "traces", FLATLINE_LIVE_TRACES, NULL, "traces" },
  { "break", FLATLINE_LIVE_BREAK, "break", N_ ("break NAME|FILE:LINE [--count N] [--if EXPRESSION]") },
  { "unbreak", FLATLINE_LIVE_UNBREAK, "unbreak", N_ ("unbreak NAME|FILE:LINE|--all") },
  { "continue", FLATLINE_LIVE_CONTINUE, NULL, "continue" },
  { "patch", FLATLINE_LIVE_PATCH, "patch",
    N_ ("patch [--keep] NAME = EXPRESSION, or patch [--keep] NAME --file FILE") },
  { "unpatch", FLATLINE_LIVE_UNPATCH, "unpatch", N_ ("unpatch NAME|--all") },
  { "patches", FLATLINE_LIVE_PATCHES, NULL, "patches" },
};

/* The number of the word in WORDS, or -1. */
static int
find_word (const char *line, const char **rest_out)
{
  const gsize length = strcspn (line, BLANK);

  for (guint i = 0; i < G_N_ELEMENTS (WORDS); i++)
    if (strlen (WORDS[i].name) == length && strncmp (line, WORDS[i].name, length) == 0)
      {
        *rest_out = line + length + strspn (line + length, BLANK);
        return (int)i;
      }
  return -1;
}

gboolean
flatline_live_is_command (const char *line)
{
  static const char *const operators[] = { "in", "is", "and", "or", "if", "not", NULL };
  const char *start = line + strspn (line, BLANK);
  g_autofree char *first = NULL;
  const char *rest;

  if (find_word (start, &rest) < 0)
    return FALSE;
  first = g_strndup (rest, strcspn (rest, BLANK));
  /* “trace = 3” and “traces in known” are Python. */
  return !*rest || g_str_has_prefix (rest, "--")
         || ((g_ascii_isalpha (*rest) || (guchar)*rest >= 0x80 || strchr ("_./", *rest))
             && !g_strv_contains (operators, first));
}

/* Takes “--NAME VALUE” from the end of @text. */
static char *
take_last_option (char *text, const char *name)
{
  char *found = g_strrstr (text, name);
  char *value;

  if (!found || (found > text && !strchr (BLANK, found[-1])) || !strchr (BLANK, found[strlen (name)]))
    return NULL;
  value = g_strstrip (g_strdup (found + strlen (name)));
  *found = '\0';
  g_strchomp (text);
  return value;
}

/* FALSE: it is no number of 1 or more. */
static gboolean
take_count (char *text, gint64 *count_out)
{
  g_autofree char *copy = g_strdup (text);
  g_autofree char *value = take_last_option (copy, "--count");
  guint64 count;

  /* Within an expression it may be another's. */
  if (!value || strpbrk (value, BLANK))
    return TRUE;
  if (!g_ascii_string_to_unsigned (value, 10, 1, G_MAXINT32, &count, NULL))
    return FALSE;
  strcpy (text, copy);
  *count_out = (gint64)count;
  return TRUE;
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

/* NAME, with --if and --count in either order. */
static gboolean
parse_point (char *rest, JsonBuilder *builder)
{
  gint64 count = 0;
  g_autofree char *condition = NULL;
  char *found;

  if (!take_count (rest, &count))
    return FALSE;
  found = strstr (rest, " --if ");
  if (found)
    {
      condition = g_strstrip (g_strdup (found + strlen (" --if ")));
      *found = '\0';
      g_strchomp (rest);
      if (!*condition || (count == 0 && !take_count (rest, &count)))
        return FALSE;
    }
  if (!*rest || strpbrk (rest, BLANK) || *rest == '-')
    return FALSE;
  add_text (builder, "name", rest);
  add_text (builder, "condition", condition ? condition : "");
  json_builder_set_member_name (builder, "count");
  json_builder_add_int_value (builder, count);
  return TRUE;
}

static gboolean
parse_undo (const char *rest, JsonBuilder *builder)
{
  const gboolean all = g_str_equal (rest, "--all");

  if (!*rest || (*rest == '-' && !all))
    return FALSE;
  add_text (builder, "name", all ? "" : rest);
  return TRUE;
}

static gboolean
add_source (const char *name, const char *folder, JsonBuilder *builder, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (name, folder);
  g_autofree char *source = NULL;
  gsize length;

  if (!g_file_get_contents (path, &source, &length, error))
    return FALSE;
  if (length > MAX_SOURCE_BYTES || !g_utf8_validate (source, (gssize)length, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is not a text file of at most %d KiB: put the function into a file by itself"), path,
                   MAX_SOURCE_BYTES / 1024);
      return FALSE;
    }
  add_text (builder, "source", source);
  add_text (builder, "file", path);
  return TRUE;
}

/* The first “=” that is neither within brackets nor part of another sign. */
static char *
find_equals (char *text)
{
  int depth = 0;

  for (char *c = text; *c; c++)
    {
      depth += (*c == '[' || *c == '(') - (*c == ']' || *c == ')');
      if (*c == '=' && depth == 0 && c[1] != '=' && c > text && !strchr ("=!<>", c[-1]))
        return c;
    }
  return NULL;
}

static gboolean
parse_patch (char *rest, const char *folder, JsonBuilder *builder, GError **error)
{
  const gboolean keep = g_str_has_prefix (rest, "--keep ");
  g_autofree char *file = NULL;
  char *equals;

  if (keep)
    rest = g_strchug (rest + strlen ("--keep "));
  equals = find_equals (rest);
  file = equals ? NULL : take_last_option (rest, "--file");
  if (equals)
    {
      *equals++ = '\0';
      g_strchomp (rest);
      equals += strspn (equals, BLANK);
    }
  if (!*rest || *rest == '-' || !(file ? *file : equals && *equals))
    return FALSE;
  json_builder_set_member_name (builder, "keep");
  json_builder_add_boolean_value (builder, keep);
  add_text (builder, "name", rest);
  if (file)
    return add_source (file, folder, builder, error);
  add_text (builder, "value", equals);
  return TRUE;
}

static gboolean
parse_rest (FlatlineLiveWord word, char *rest, const char *folder, JsonBuilder *builder, GError **error)
{
  switch (word)
    {
    case FLATLINE_LIVE_TRACE:
    case FLATLINE_LIVE_BREAK:
      return parse_point (rest, builder);
    case FLATLINE_LIVE_UNTRACE:
    case FLATLINE_LIVE_UNBREAK:
    case FLATLINE_LIVE_UNPATCH:
      return parse_undo (rest, builder);
    case FLATLINE_LIVE_PATCH:
      return parse_patch (rest, folder, builder, error);
    case FLATLINE_LIVE_TRACES:
    case FLATLINE_LIVE_CONTINUE:
    case FLATLINE_LIVE_PATCHES:
    default:
      return !*rest;
    }
}

FlatlineLiveCommand *
flatline_live_command_parse (const char *line, const char *folder, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = g_strstrip (g_utf8_make_valid (line, -1));
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  FlatlineLiveCommand *self;
  const char *rest;
  const int i = find_word (text, &rest);

  json_builder_begin_object (builder);
  if (i < 0 || !parse_rest (WORDS[i].word, (char *)rest, folder, builder, &reason))
    {
      if (reason)
        g_propagate_error (error, g_steal_pointer (&reason));
      else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, /* Translators: how a command is used */
                     _ ("Usage: %s"), i < 0 ? _ (WORDS[0].usage) : _ (WORDS[i].usage));
      return NULL;
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  self = g_new0 (FlatlineLiveCommand, 1);
  self->word = WORDS[i].word;
  self->method = WORDS[i].method;
  self->params = json_to_string (root, FALSE);
  return self;
}

void
flatline_live_command_free (FlatlineLiveCommand *self)
{
  g_free (self->params);
  g_free (self);
}
