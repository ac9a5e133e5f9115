/* SPDX-License-Identifier: MIT */
/*
 * Records to JSON, out of the tables of fields. The text is written straight from the records: a snapshot of a thousand
 * threads is a million members, and a tree of them takes many times the memory and time of the text. Apart from what
 * reads it (flatline-record-reading.c), so that who only writes needs no library for it.
 */
#include "flatline-record.h"

#include "flatline-digits.h"

#include <math.h>
#include <string.h>

#define FIELD(self, field, type) G_STRUCT_MEMBER (type, self, (field)->offset)

typedef struct
{
  GString *text;
  gboolean pretty;
  guint depth;       /* of brackets */
  guint n_records;   /* that are open */
  gboolean is_first; /* in the object or list that is open */
} Writer;

static void
write_record (Writer *writer, FlatlineRecord *record);

static void
begin_line (Writer *writer)
{
  if (!writer->pretty)
    return;
  g_string_append_c (writer->text, '\n');
  for (guint i = 0; i < writer->depth; i++)
    g_string_append (writer->text, "  ");
}

static void
open_bracket (Writer *writer, char bracket)
{
  g_string_append_c (writer->text, bracket);
  writer->depth++;
  writer->is_first = TRUE;
}

static void
close_bracket (Writer *writer, char bracket)
{
  writer->depth--;
  if (!writer->is_first)
    begin_line (writer);
  g_string_append_c (writer->text, bracket);
  writer->is_first = FALSE;
}

static void
begin_item (Writer *writer)
{
  if (!writer->is_first)
    g_string_append_c (writer->text, ',');
  writer->is_first = FALSE;
  begin_line (writer);
}

static void
begin_member (Writer *writer, const char *key)
{
  begin_item (writer);
  g_string_append (writer->text, key);
  g_string_append (writer->text, writer->pretty ? " : " : ":");
}

static void
write_escape (GString *text, guchar character)
{
  static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };

  g_string_append_c (text, '\\');
  if (character == '"' || character == '\\')
    g_string_append_c (text, character);
  else if (character < sizeof letters && letters[character])
    g_string_append_c (text, letters[character]);
  else
    g_string_append_printf (text, "u%04x", character);
}

static void
write_escaped (Writer *writer, const char *string)
{
  g_autofree char *valid = g_utf8_validate (string, -1, NULL) ? NULL : g_utf8_make_valid (string, -1);
  const char *plain = valid ? valid : string;
  const char *at;

  for (at = plain; *at; at++)
    {
      const guchar character = *at;

      if (character >= ' ' && character != '"' && character != '\\' && character != 0x7f)
        continue;
      g_string_append_len (writer->text, plain, at - plain);
      write_escape (writer->text, character);
      plain = at + 1;
    }
  g_string_append_len (writer->text, plain, at - plain);
}

/* So many bytes from the beginning of @string are ASCII that needs no escape. */
static gsize
count_plain (const char *string)
{
  const guchar *at = (const guchar *)string;

  while (*at >= ' ' && *at < 0x7f && *at != '"' && *at != '\\')
    at++;
  return (gsize)((const char *)at - string);
}

static void
write_string (Writer *writer, const char *string)
{
  const gsize n_plain = count_plain (string);

  g_string_append_c (writer->text, '"');
  g_string_append_len (writer->text, string, (gssize)n_plain);
  if (string[n_plain])
    write_escaped (writer, string + n_plain);
  g_string_append_c (writer->text, '"');
}

/* Ours are percentages: whatever is so large or small, infinite or no number came from a damaged file. */
static void
write_double (Writer *writer, double number)
{
  const double size = fabs (number);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (digits, sizeof digits, isfinite (number) && size < 1e15 && size > 1e-4 ? number : 0);
  g_string_append (writer->text, digits);
  /* A reader that tells kinds of numbers apart is to find this one. */
  if (!strpbrk (digits, ".e"))
    g_string_append (writer->text, ".0");
}

static void
write_strv (Writer *writer, char **strings)
{
  open_bracket (writer, '[');
  for (char **string = strings; *string; string++)
    {
      begin_item (writer);
      write_string (writer, *string);
    }
  close_bracket (writer, ']');
}

static void
write_list (Writer *writer, GListStore *list)
{
  const guint n = flatline_list_length (list);

  open_bracket (writer, '[');
  for (guint i = 0; i < n; i++)
    {
      begin_item (writer);
      write_record (writer, flatline_list_peek (list, i));
    }
  close_bracket (writer, ']');
}

/* What nests deeper than is read is not written either. */
static gboolean
is_left_out (const Writer *writer, FlatlineRecord *record, const FlatlineField *field)
{
  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      return field->sparse && !FIELD (record, field, gboolean);
    case FLATLINE_FIELD_INTEGER:
      return field->sparse && FIELD (record, field, gint64) == 0;
    case FLATLINE_FIELD_ADDRESS:
      return field->sparse && FIELD (record, field, guint64) == 0;
    case FLATLINE_FIELD_DOUBLE:
      return field->sparse && FIELD (record, field, double) == 0;
    case FLATLINE_FIELD_STRING:
    case FLATLINE_FIELD_STRV:
      return FIELD (record, field, gpointer) == NULL;
    case FLATLINE_FIELD_RECORD:
      return FIELD (record, field, gpointer) == NULL || writer->n_records > FLATLINE_RECORD_MAX_DEPTH;
    case FLATLINE_FIELD_LIST:
      return flatline_list_length (FIELD (record, field, GListStore *)) == 0
             || writer->n_records > FLATLINE_RECORD_MAX_DEPTH;
    }
  g_assert_not_reached ();
}

static void
write_field (Writer *writer, FlatlineRecord *record, const FlatlineField *field)
{
  switch (field->kind)
    {
    case FLATLINE_FIELD_BOOLEAN:
      g_string_append (writer->text, FIELD (record, field, gboolean) ? "true" : "false");
      break;
    case FLATLINE_FIELD_INTEGER:
      flatline_append_decimal (writer->text, FIELD (record, field, gint64));
      break;
    case FLATLINE_FIELD_ADDRESS:
      g_string_append (writer->text, "\"0x");
      flatline_append_hexadecimal (writer->text, FIELD (record, field, guint64));
      g_string_append_c (writer->text, '"');
      break;
    case FLATLINE_FIELD_DOUBLE:
      write_double (writer, FIELD (record, field, double));
      break;
    case FLATLINE_FIELD_STRING:
      write_string (writer, FIELD (record, field, char *));
      break;
    case FLATLINE_FIELD_STRV:
      write_strv (writer, FIELD (record, field, char **));
      break;
    case FLATLINE_FIELD_RECORD:
      write_record (writer, FIELD (record, field, FlatlineRecord *));
      break;
    case FLATLINE_FIELD_LIST:
      write_list (writer, FIELD (record, field, GListStore *));
      break;
    }
}

static void
write_record (Writer *writer, FlatlineRecord *record)
{
  const FlatlineRecordClass *klass = FLATLINE_RECORD_GET_CLASS (record);

  open_bracket (writer, '{');
  writer->n_records++;
  for (guint i = 0; i < klass->n_fields; i++)
    if (!is_left_out (writer, record, &klass->fields[i]))
      {
        begin_member (writer, klass->keys[i]);
        write_field (writer, record, &klass->fields[i]);
      }
  writer->n_records--;
  close_bracket (writer, '}');
}

char *
flatline_record_to_json_string (FlatlineRecord *self, gboolean pretty)
{
  Writer writer = { .text = g_string_new (NULL), .pretty = pretty };

  g_return_val_if_fail (FLATLINE_IS_RECORD (self), NULL);

  write_record (&writer, self);
  return g_string_free (writer.text, FALSE);
}
