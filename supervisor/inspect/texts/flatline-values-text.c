/* SPDX-License-Identifier: MIT */
/* Values of the standard library: dates, numbers, paths, patterns, matches, time zones. */
#include "flatline-library-text-private.h"

#include "flatline-date-text.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MATCH_SHOWN 50  /* characters of the literal */
#define MAX_FORMAT  512 /* bytes */

void
flatline_library_append_date (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  flatline_date_text_append_date (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_time (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  flatline_date_text_append_time (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_datetime (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  flatline_date_text_append_datetime (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_timedelta (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  flatline_date_text_append_timedelta (self, text, address, flatline_text_type_name (type));
}

void
flatline_library_append_timezone (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  flatline_date_text_append_timezone (self, text, address, flatline_text_type_name (type));
}

/* Lib/_pydecimal.py, where the module of C was not built: _exp is "F", "n" or "N" for what is no number. */
static void
append_python_decimal (FlatlineTextWriter *self, GString *text, guint64 address, const char *digits)
{
  g_autofree char *special = flatline_text_get_string (self, address, "_exp");
  const char *sign = flatline_text_get_number (self, address, "_sign") ? "-" : "";
  g_autoptr (GString) exponent = g_string_new (NULL);

  g_string_append_printf (text, "Decimal('%s", sign);
  if (special)
    g_string_append_printf (text, "%s%s",
                            *special == 'F'   ? "Infinity"
                            : *special == 'n' ? "NaN"
                                              : "sNaN",
                            *special == 'F' ? "" : digits);
  else
    {
      flatline_text_append_attribute (self, exponent, address, "_exp");
      flatline_date_text_append_scientific (text, digits, g_ascii_strtoll (exponent->str, NULL, 10));
    }
  g_string_append (text, "')");
}

void
flatline_library_append_decimal (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *digits = flatline_text_get_string (self, address, "_int");

  if (digits)
    append_python_decimal (self, text, address, digits);
  else
    flatline_date_text_append_decimal (self, text, address);
}

void
flatline_library_append_uuid (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  guint64 high = 0, low = 0;

  flatline_text_read_wide (self, flatline_text_get (self, address, "int"), &high, &low);
  g_string_append_printf (text, "%s('%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x')", flatline_text_short_name (type),
                          (guint32)(high >> 32), (guint)(high >> 16) & 0xffff, (guint)high & 0xffff, (guint)(low >> 48),
                          low & G_GUINT64_CONSTANT (0xffffffffffff));
}

/* Adds one part of a path to its components; one that begins with a slash begins the path anew. */
static void
add_part (GPtrArray *components, GString *root, const char *part)
{
  g_auto (GStrv) names = g_strsplit (part, "/", -1);

  if (part[0] == '/')
    {
      g_ptr_array_set_size (components, 0);
      g_string_assign (root, g_str_has_prefix (part, "//") && part[2] != '/' ? "//" : "/");
    }
  for (char **name = names; *name; name++)
    if (**name && strcmp (*name, ".") != 0)
      g_ptr_array_add (components, g_strdup (*name));
}

/* A path is joined only when it is first asked for: _raw_paths from 3.12 on, _parts before (its first one the root). */
static char *
join_path (FlatlineTextWriter *self, guint64 address)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) root = g_string_new (NULL);
  guint64 parts = flatline_text_get (self, address, "_raw_paths");
  const FlatlineTypeInfo *type;
  guint64 items;
  gint64 n;
  g_autofree char *joined = NULL;

  if (!parts)
    parts = flatline_text_get (self, address, "_parts");
  type = flatline_text_type_of (self, parts);
  if (!type || type->family != FLATLINE_FAMILY_LIST)
    return NULL;
  n = CLAMP (flatline_object_read_size (self->target, parts), 0, self->max_items * 4);
  items = flatline_text_read_pointer (self, parts + self->target->layout.list_items);
  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *part =
          flatline_string_dup (self->target, flatline_text_read_pointer (self, items + (guint64)i * 8), 4096);

      if (part)
        add_part (components, root, part);
    }
  if (components->len == 0)
    return g_strdup (root->len ? root->str : ".");
  g_ptr_array_add (components, NULL);
  joined = g_strjoinv ("/", (char **)components->pdata);
  return g_strconcat (root->str, joined, NULL);
}

void
flatline_library_append_path (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  guint64 known = flatline_text_get (self, address, "_str");
  g_autofree char *joined = known ? NULL : join_path (self, address);

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (known && strstr (type->full_name, "Windows"))
    {
      g_autofree char *path = flatline_string_dup (self->target, known, 4096);

      flatline_text_append_utf8 (text, path ? g_strdelimit (path, "\\", '/') : "?");
    }
  else if (known)
    flatline_text_append_object (self, text, known);
  else if (joined)
    flatline_text_append_utf8 (text, joined);
  g_string_append_c (text, ')');
}

/* PatternObject (Modules/_sre): PyObject_VAR_HEAD, groups, groupindex, indexgroup, pattern, flags. */
void
flatline_library_append_pattern (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  static const struct
  {
    guint bit;
    const char *name;
  } flags[] = { { 2, "IGNORECASE" }, { 4, "LOCALE" },  { 8, "MULTILINE" }, { 16, "DOTALL" },
                { 64, "VERBOSE" },   { 128, "DEBUG" }, { 256, "ASCII" },   { 32, "UNICODE" } };
  const guint64 fields = address + self->target->layout.object_var_size + 8;
  const guint64 pattern = flatline_text_read_pointer (self, fields + 24);
  const FlatlineTypeInfo *pattern_type = flatline_text_type_of (self, pattern);
  gint32 set = 0;
  const char *between = ", ";

  flatline_memory_read_i32 (self->target->memory, fields + 32, &set);
  /* What a str has anyway is not said. */
  if (pattern_type && pattern_type->family == FLATLINE_FAMILY_STR && (set & 256) == 0)
    set &= ~32;
  g_string_append (text, "re.compile(");
  flatline_text_append_object (self, text, pattern);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (set & (gint32)flags[i].bit)
      {
        g_string_append_printf (text, "%sre.%s", between, flags[i].name);
        between = "|";
      }
  g_string_append_c (text, ')');
}

/*
 * MatchObject (Modules/_sre): PyObject_VAR_HEAD, string, regs, pattern, pos, endpos, lastindex, groups, marks: where
 * each group begins and ends. 50 characters of the literal are shown.
 */
void
flatline_library_append_match (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = address + self->target->layout.object_var_size + 8;
  const guint64 string = flatline_text_read_pointer (self, fields);
  const FlatlineTypeInfo *string_type = flatline_text_type_of (self, string);
  const gint64 begin = (gint64)flatline_text_read_pointer (self, fields + 56);
  const gint64 end = (gint64)flatline_text_read_pointer (self, fields + 64);
  const gint64 n = CLAMP (end - begin, 0, MATCH_SHOWN);
  g_autoptr (GString) match = g_string_new (NULL);

  if (begin < 0 || !string_type)
    g_string_append_c (match, '?');
  else if (string_type->family == FLATLINE_FAMILY_BYTES)
    flatline_text_append_bytes_at (self, match, string + (guint64)self->target->layout.bytes_data + (guint64)begin, n,
                                   FALSE);
  else if (string_type->family == FLATLINE_FAMILY_STR)
    flatline_text_append_str_part (self, match, string, begin, n);
  else
    g_string_append_c (match, '?');
  if (g_utf8_strlen (match->str, -1) > MATCH_SHOWN)
    g_string_truncate (match, (gsize)(g_utf8_offset_to_pointer (match->str, MATCH_SHOWN) - match->str));
  g_string_append_printf (text, "<%s object; span=(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "), match=%s>",
                          type->full_name, begin, end, match->str);
}

/* The name in tp_name, or from 3.14 on the whole one; __main__ is not said. */
static const char *
find_zone_name (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  static const char own[] = "__main__.";

  if (self->target->layout.version < 0x030e)
    return flatline_text_type_name (type);
  return g_str_has_prefix (type->full_name, own) ? type->full_name + strlen (own) : type->full_name;
}

/* PyZoneInfo_ZoneInfo (Modules/_zoneinfo.c): the key, and the text of the file it came from. */
void
flatline_library_append_zone (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const char *name = find_zone_name (self, type);
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 key = flatline_text_read_pointer (self, fields);
  g_autofree char *file = flatline_string_dup (self->target, flatline_text_read_pointer (self, fields + 8), 1024);

  if (!flatline_text_is_none (self, key))
    {
      g_string_append_printf (text, "%s(key=", name);
      flatline_text_append_object (self, text, key);
      g_string_append_c (text, ')');
    }
  else
    g_string_append_printf (text, "%s.from_file(%s)", name, file ? file : "?");
}

void
flatline_library_append_memory (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<memory at 0x%" G_GINT64_MODIFIER "x>", address);
}

/* "[Inexact, Rounded]": several bits make one InvalidOperation. */
static void
append_signals (GString *text, guint32 bits)
{
  static const struct
  {
    guint32 mask;
    const char *name;
  } signals[] = { { 0x1, "Clamped" },    { 0x3ba, "InvalidOperation" }, { 0x4, "DivisionByZero" },
                  { 0x40, "Inexact" },   { 0x400, "FloatOperation" },   { 0x800, "Overflow" },
                  { 0x1000, "Rounded" }, { 0x2000, "Subnormal" },       { 0x4000, "Underflow" } };
  guint n = 0;

  g_string_append_c (text, '[');
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (bits & signals[i].mask)
      g_string_append_printf (text, "%s%s", n++ > 0 ? ", " : "", signals[i].name);
  g_string_append_c (text, ']');
}

/*
 * A context of decimal (Modules/_decimal/_decimal.c, libmpdec): precision, the limits of exponents, traps and flags as
 * bits, rounding, clamp; behind two objects the capitals.
 */
void
flatline_library_append_decimal_context (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  static const char *const roundings[] = { "ROUND_UP",      "ROUND_DOWN",      "ROUND_CEILING",   "ROUND_FLOOR",
                                           "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP" };
  const guint64 fields = flatline_text_fields_of (self, address);
  gint32 numbers[6] = { 0 }, capitals = 0; /* traps, flags, newly trapped, rounding, clamp, exactness */

  flatline_memory_read (self->target->memory, fields + 24, numbers, sizeof numbers);
  flatline_memory_read_i32 (self->target->memory, fields + 64, &capitals);
  g_string_append_printf (text,
                          "Context(prec=%" G_GINT64_FORMAT ", rounding=%s, Emin=%" G_GINT64_FORMAT
                          ", Emax=%" G_GINT64_FORMAT ", capitals=%d, clamp=%d, flags=",
                          (gint64)flatline_text_read_pointer (self, fields),
                          numbers[3] >= 0 && numbers[3] < (gint32)G_N_ELEMENTS (roundings) ? roundings[numbers[3]]
                                                                                           : "?",
                          (gint64)flatline_text_read_pointer (self, fields + 16),
                          (gint64)flatline_text_read_pointer (self, fields + 8), capitals, numbers[4]);
  append_signals (text, (guint32)numbers[1]);
  g_string_append (text, ", traps=");
  append_signals (text, (guint32)numbers[0]);
  g_string_append_c (text, ')');
}

/* struct.Struct, which shows its format from 3.13 on: behind two sizes and the codes made of it; bytes before 3.15. */
void
flatline_library_append_packed_format (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 format = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 24);
  const FlatlineTypeInfo *format_type = flatline_text_type_of (self, format);
  gsize length = 0;

  if (self->target->layout.version < 0x030d)
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  if (format_type && format_type->family == FLATLINE_FAMILY_BYTES)
    {
      g_autofree guint8 *bytes = flatline_bytes_read (self->target, format, MAX_FORMAT, &length);
      g_autofree char *characters = bytes ? g_strndup ((const char *)bytes, length) : NULL;

      flatline_text_append_utf8 (text, characters ? characters : "?");
    }
  else
    flatline_text_append_object (self, text, format);
  g_string_append_c (text, ')');
}

/* Template(strings=('a ', ''), interpolations=(Interpolation(1, 'x', None, ''),)) of 3.14 (Objects/templateobject.c).
 */
void
flatline_library_append_template_string (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);

  g_string_append_printf (text, "%s(strings=", flatline_text_short_name (type));
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields));
  g_string_append (text, ", interpolations=");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields + 8));
  g_string_append_c (text, ')');
}

/* What is in its braces: the value, the expression, the conversion, the format. */
void
flatline_library_append_interpolation (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (guint64 i = 0; i < 4; i++)
    {
      g_string_append (text, i > 0 ? ", " : "");
      flatline_text_append_object (self, text, flatline_text_read_pointer (self, fields + i * 8));
    }
  g_string_append_c (text, ')');
}
