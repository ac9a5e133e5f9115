/* SPDX-License-Identifier: MIT */
/* Mapped files, archives and parts of documents: Modules/mmapmodule.c, Lib/gzip.py, Lib/zipfile.py,
 * Modules/_elementtree.c. */
#include "flatline-library-text-private.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MMAP_ACCESS_FROM_END 8

/* Its address, length, position and offset; the way of access is the last field. */
void
flatline_library_append_mapped_file (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  static const char *const ways[] = { "ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY" };
  const FlatlineTypeInfo *base = flatline_type_cache_find_base (self->types, type, "mmap.mmap");
  const guint64 fields = flatline_text_fields_of (self, address);
  gint32 way = 0;

  if (base)
    flatline_memory_read_i32 (self->target->memory, address + (guint64)base->basic_size - MMAP_ACCESS_FROM_END, &way);
  if (flatline_text_read_pointer (self, fields) == 0)
    {
      g_string_append_printf (text, "<%s closed=True>", flatline_text_type_name (type));
      return;
    }
  g_string_append_printf (text,
                          "<%s closed=False, access=%s, length=%" G_GUINT64_FORMAT ", pos=%" G_GUINT64_FORMAT
                          ", offset=%" G_GUINT64_FORMAT ">",
                          flatline_text_type_name (type),
                          way >= 0 && way < (gint32)G_N_ELEMENTS (ways) ? ways[way] : "?",
                          flatline_text_read_pointer (self, fields + 8), flatline_text_read_pointer (self, fields + 16),
                          flatline_text_read_pointer (self, fields + 24));
}

/* "<gzip _io.BytesIO object at 0x… 0x…>": what the file writes of itself, without its brackets. */
void
flatline_library_append_gzip_file (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const guint64 file = flatline_text_get (self, address, "fileobj");
  const guint64 raw = flatline_text_get (self, file, "file");
  g_autoptr (GString) own = g_string_new (NULL);

  flatline_text_append_object (self, own, raw ? raw : file);
  if (own->len >= 2)
    {
      g_string_truncate (own, own->len - 1);
      g_string_erase (own, 0, 1);
    }
  g_string_append_printf (text, "<gzip %s 0x%" G_GINT64_MODIFIER "x>", own->str, address);
}

void
flatline_library_append_zip_file (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const guint64 file = flatline_text_get (self, address, "fp"), name = flatline_text_get (self, address, "filename");
  const gboolean is_given = flatline_text_get_number (self, address, "_filePassed") != 0;

  g_string_append_printf (text, "<%s", type->full_name);
  if (flatline_text_is_none (self, file))
    g_string_append (text, " [closed]");
  else
    {
      if (is_given || !flatline_text_is_none (self, name))
        {
          g_string_append (text, is_given ? " file=" : " filename=");
          flatline_text_append_object (self, text, is_given ? file : name);
        }
      g_string_append (text, " mode=");
      flatline_text_append_attribute (self, text, address, "mode");
    }
  g_string_append_c (text, '>');
}

/* "<Element 'tag' at 0x…>": the tag comes first. */
void
flatline_library_append_element (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append (text, "<Element ");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, flatline_text_fields_of (self, address)));
  g_string_append_printf (text, " at 0x%" G_GINT64_MODIFIER "x>", address);
}

/* "ModuleSpec(name='json', loader=…, origin='…')" */
void
flatline_library_append_module_spec (FlatlineTextWriter *self,
                                     GString *text,
                                     guint64 address,
                                     const FlatlineTypeInfo *type)
{
  static const char *const names[] = { "name", "loader", "origin", "submodule_search_locations" };

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const guint64 value = flatline_text_get (self, address, names[i]);

      if (i >= 2 && flatline_text_is_none (self, value))
        continue;
      g_string_append_printf (text, "%s%s=", i > 0 ? ", " : "", names[i]);
      flatline_text_append_object (self, text, value);
    }
  g_string_append_c (text, ')');
}
