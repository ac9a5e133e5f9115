/* SPDX-License-Identifier: MIT */
/* FlatlineCode: names, slots and line table of code objects, kept by address. */
#include "flatline-code.h"

#include "flatline-code-files.h"
#include "flatline-code-path.h"
#include "flatline-strings.h"

#include <string.h>

#define CO_VARARGS     0x04 /* Include/cpython/code.h */
#define CO_VARKEYWORDS 0x08

#define MAX_NAME       4096
#define MAX_LINE_TABLE (1024 * 1024)
#define MAX_SLOTS      32768

#define MAX_CODES    100000
#define MAX_EXPECTED 32 /* codes that are read at one go */

struct _FlatlineCodeCache
{
  gatomicrefcount references;
  FlatlineTarget *target;
  FlatlineCodeFiles *files;
  GHashTable *codes;  /* guint64 * in FlatlineCode -> FlatlineCode */
  GPtrArray *retired; /* FlatlineCode that is no more, whose places may be in use */
  guint capture;
};

static void
code_free (gpointer data)
{
  FlatlineCode *code = data;

  g_free (code->file);
  g_free (code->name);
  g_free (code->qualified_name);
  g_free (code->line_table);
  g_strfreev (code->names);
  g_free (code->kinds);
  g_clear_pointer (&code->place_at, g_hash_table_unref);
  g_clear_pointer (&code->places, g_ptr_array_unref);
  g_free (code);
}

FlatlineCodeCache *
flatline_code_cache_new (FlatlineTarget *target)
{
  FlatlineCodeCache *self = g_new0 (FlatlineCodeCache, 1);

  g_atomic_ref_count_init (&self->references);
  self->target = target;
  self->files = flatline_code_files_new (target);
  self->retired = g_ptr_array_new_with_free_func (code_free);
  self->codes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, code_free);
  return self;
}

FlatlineCodeCache *
flatline_code_cache_ref (FlatlineCodeCache *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
flatline_code_cache_unref (FlatlineCodeCache *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_hash_table_unref (self->codes);
  g_ptr_array_unref (self->retired);
  flatline_code_files_free (self->files);
  g_free (self);
}

void
flatline_code_cache_begin (FlatlineCodeCache *self)
{
  self->capture++;
}

static gboolean
read_identity (FlatlineTarget *target, guint64 address, guint64 identity[4])
{
  const FlatlineLayout *layout = &target->layout;
  gint32 first_line = 0;

  if (!flatline_memory_read_u64 (target->memory, address + layout->code_filename, &identity[0])
      || !flatline_memory_read_u64 (target->memory, address + layout->code_name, &identity[1])
      || !flatline_memory_read_u64 (target->memory, address + layout->code_linetable, &identity[2])
      || !flatline_memory_read_i32 (target->memory, address + layout->code_firstlineno, &first_line))
    return FALSE;
  identity[3] = (guint64)(guint32)first_line;
  return identity[0] != 0 && identity[1] != 0 && identity[2] != 0;
}

/* The number of items of a tuple of names, 0 when unreadable. */
static gint
count_names (FlatlineTarget *target, guint64 code, gint32 field)
{
  guint64 tuple;
  gint64 size;

  if (field < 0 || !flatline_memory_read_u64 (target->memory, code + field, &tuple) || tuple == 0)
    return 0;
  size = flatline_object_read_size (target, tuple);
  return size < 0 || size > MAX_SLOTS ? 0 : (gint)size;
}

static gint
count_slots (FlatlineTarget *target, guint64 address)
{
  const FlatlineLayout *layout = &target->layout;

  if (layout->code_localsplusnames >= 0)
    return count_names (target, address, layout->code_localsplusnames);
  return count_names (target, address, layout->code_varnames) + count_names (target, address, layout->code_cellvars)
         + count_names (target, address, layout->code_freevars);
}

static FlatlineCode *
read_code (FlatlineTarget *target, guint64 address, const guint64 identity[4])
{
  const FlatlineLayout *layout = &target->layout;
  FlatlineCode *code = g_new0 (FlatlineCode, 1);
  guint64 qualified_name = 0;

  code->address = address;
  code->looked_offset = -1;
  memcpy (code->identity, identity, sizeof code->identity);
  code->first_line = (gint32)identity[3];
  code->file = flatline_string_dup (target, identity[0], MAX_NAME);
  code->name = flatline_string_dup (target, identity[1], MAX_NAME);
  if (layout->code_qualname >= 0
      && flatline_memory_read_u64 (target->memory, address + layout->code_qualname, &qualified_name))
    code->qualified_name = flatline_string_dup (target, qualified_name, MAX_NAME);
  code->line_table = flatline_bytes_read (target, identity[2], MAX_LINE_TABLE, &code->line_table_length);
  code->n_locals = count_slots (target, address);
  if (layout->code_instructions >= 0)
    code->instructions = address + layout->code_instructions;
  if (layout->code_firsttraceable >= 0)
    flatline_memory_read_i32 (target->memory, address + layout->code_firsttraceable, &code->firsttraceable);
  if (!code->file || !code->name || !code->line_table)
    g_clear_pointer (&code, code_free);
  return code;
}

/* What read_code() reads of each. */
static void
expect_parts (FlatlineTarget *target, const guint64 *codes, guint n)
{
  const FlatlineLayout *layout = &target->layout;
  const gint32 fields[] = { layout->code_filename,        layout->code_name,
                            layout->code_linetable,       layout->code_qualname,
                            layout->code_localsplusnames, layout->code_varnames,
                            layout->code_cellvars,        layout->code_freevars };
  guint64 parts[MAX_EXPECTED * G_N_ELEMENTS (fields)];
  guint n_parts = 0;

  flatline_memory_expect (target->memory, codes, n);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < G_N_ELEMENTS (fields); j++)
      if (fields[j] >= 0 && flatline_memory_read_u64 (target->memory, codes[i] + (guint64)fields[j], &parts[n_parts]))
        n_parts++;
  flatline_memory_expect (target->memory, parts, n_parts);
}

void
flatline_code_cache_expect (FlatlineCodeCache *self, const FlatlineFrameState *frames, guint n)
{
  guint64 codes[MAX_EXPECTED];
  guint n_codes = 0;

  for (guint i = 0; i < n; i++)
    {
      if ((i > 0 && frames[i].code == frames[i - 1].code) || g_hash_table_contains (self->codes, &frames[i].code))
        continue;
      codes[n_codes++] = frames[i].code;
      if (n_codes == MAX_EXPECTED)
        {
          expect_parts (self->target, codes, n_codes);
          n_codes = 0;
        }
    }
  if (n_codes > 0)
    expect_parts (self->target, codes, n_codes);
}

/* A program that makes code without end does not fill our memory: by then nobody looks at the oldest any more. */
static void
retire (FlatlineCodeCache *self, guint64 address)
{
  gpointer old;

  if (!g_hash_table_steal_extended (self->codes, &address, NULL, &old))
    return;
  if (self->retired->len >= MAX_CODES)
    g_ptr_array_remove_range (self->retired, 0, MAX_CODES / 2);
  g_ptr_array_add (self->retired, old);
}

FlatlineCode *
flatline_code_cache_find (FlatlineCodeCache *self, guint64 address)
{
  FlatlineCode *code = g_hash_table_lookup (self->codes, &address);
  guint64 identity[4];

  if (code && code->checked == self->capture)
    return code;
  if (address % 8 != 0 || !read_identity (self->target, address, identity))
    return NULL;
  if (!code || memcmp (code->identity, identity, sizeof identity) != 0)
    {
      code = read_code (self->target, address, identity);
      if (!code)
        return NULL;
      code->file = flatline_code_files_resolve (self->files, flatline_path_take_mark_off (code->file));
      retire (self, address);
      g_hash_table_replace (self->codes, &code->address, code);
    }
  code->checked = self->capture;
  return code;
}

/* Calls of one function mostly wait at the same place, in many threads: to decode the table for each again is dear. */
gboolean
flatline_code_find_place (FlatlineCodeCache *self, FlatlineCode *code, gint64 offset, gint line, FlatlinePlace *place)
{
  if (offset < 0 || offset != code->looked_offset)
    {
      code->looked_found = flatline_lines_find (self->target->layout.lines, code->line_table, code->line_table_length,
                                                code->first_line, offset, &code->looked);
      code->looked_offset = offset;
    }
  *place = code->looked;
  if (line != 0 && place->line != line)
    *place = (FlatlinePlace){ .line = line, .end_line = line };
  return code->looked_found || line != 0;
}

/* Of @code, as it is there already, or new. */
static FlatlineCallPlace *
intern_place (FlatlineCode *code, const FlatlinePlace *place)
{
  FlatlineCallPlace *call;

  for (guint i = 0; i < code->places->len; i++)
    {
      call = g_ptr_array_index (code->places, i);
      if (call->line == place->line && call->end_line == place->end_line && call->column == place->column
          && call->end_column == place->end_column)
        return call;
    }
  call = g_new0 (FlatlineCallPlace, 1);
  call->file = code->file;
  call->function = code->name;
  call->qualified_name = code->qualified_name ? code->qualified_name : code->name;
  call->line = place->line;
  call->end_line = place->end_line;
  call->column = place->column;
  call->end_column = place->end_column;
  g_ptr_array_add (code->places, call);
  return call;
}

const FlatlineCallPlace *
flatline_code_cache_find_place (FlatlineCodeCache *self, FlatlineCode *code, gint64 offset, gint line)
{
  FlatlineCallPlace *call;
  FlatlinePlace place;

  if (!code->places)
    {
      code->place_at = g_hash_table_new (NULL, NULL);
      code->places = g_ptr_array_new_with_free_func (g_free);
    }
  call = line == 0 ? g_hash_table_lookup (code->place_at, GSIZE_TO_POINTER (offset)) : NULL;
  if (call)
    return call;
  flatline_code_find_place (self, code, offset, line, &place);
  call = intern_place (code, &place);
  if (line == 0)
    g_hash_table_insert (code->place_at, GSIZE_TO_POINTER (offset), call);
  return call;
}

static gboolean
append_names (FlatlineTarget *target, FlatlineCode *code, gint32 field, guint8 kind, gint *n)
{
  gint count = count_names (target, code->address, field);
  guint64 tuple;

  if (count == 0)
    return TRUE;
  if (!flatline_memory_read_u64 (target->memory, code->address + field, &tuple))
    return FALSE;
  for (gint i = 0; i < count && *n < code->n_locals; i++)
    {
      guint64 name;

      if (!flatline_memory_read_u64 (target->memory, tuple + target->layout.tuple_items + i * 8, &name))
        return FALSE;
      code->names[*n] = flatline_string_dup (target, name, MAX_NAME);
      if (!code->names[*n])
        code->names[*n] = g_strdup ("?");
      code->kinds[(*n)++] = kind;
    }
  return TRUE;
}

/* Those with names, those that are keywords alone, and what takes all others. */
static gint
count_arguments (FlatlineTarget *target, const FlatlineCode *code)
{
  const FlatlineLayout *layout = &target->layout;
  gint32 plain = 0, keywords = 0, flags = 0;

  flatline_memory_read_i32 (target->memory, code->address + (guint64)layout->code_argcount, &plain);
  flatline_memory_read_i32 (target->memory, code->address + (guint64)layout->code_kwonlyargcount, &keywords);
  flatline_memory_read_i32 (target->memory, code->address + (guint64)layout->code_flags, &flags);
  /* All of them are among its variables. */
  plain = CLAMP (plain, 0, code->n_locals);
  keywords = CLAMP (keywords, 0, code->n_locals);
  return plain + keywords + ((flags & CO_VARARGS) != 0) + ((flags & CO_VARKEYWORDS) != 0);
}

gboolean
flatline_code_cache_read_names (FlatlineCodeCache *self, FlatlineCode *code)
{
  FlatlineTarget *target = self->target;
  const FlatlineLayout *layout = &target->layout;
  gint n = 0;
  gboolean fine;

  if (code->names)
    return TRUE;
  code->names = g_new0 (char *, code->n_locals + 1);
  code->kinds = g_new0 (guint8, code->n_locals + 1);
  if (layout->code_localsplusnames >= 0)
    {
      guint64 kinds = 0;

      fine = append_names (target, code, layout->code_localsplusnames, FLATLINE_KIND_LOCAL, &n)
             && flatline_memory_read_u64 (target->memory, code->address + layout->code_localspluskinds, &kinds);
      if (fine && n > 0)
        fine = flatline_memory_read (target->memory, kinds + layout->bytes_data, code->kinds, n);
    }
  else
    fine = append_names (target, code, layout->code_varnames, FLATLINE_KIND_LOCAL, &n)
           && append_names (target, code, layout->code_cellvars, FLATLINE_KIND_CELL, &n)
           && append_names (target, code, layout->code_freevars, FLATLINE_KIND_FREE, &n);
  if (!fine || n < code->n_locals)
    {
      g_clear_pointer (&code->names, g_strfreev);
      g_clear_pointer (&code->kinds, g_free);
      return FALSE;
    }
  code->n_arguments = count_arguments (target, code);
  return TRUE;
}

gboolean
flatline_code_cache_is_first (FlatlineCodeCache *self, FlatlineCode *code)
{
  const gboolean is_first = code->shown != self->capture;

  code->shown = self->capture;
  return is_first;
}
