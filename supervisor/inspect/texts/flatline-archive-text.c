/* SPDX-License-Identifier: MIT */
/* Mapped files, archives and parts of documents: Modules/mmapmodule.c, Lib/gzip.py, Lib/zipfile.py,
 * Modules/_elementtree.c, Lib/xml/dom/minidom.py. */
#include "flatline-library-text-private.h"
#include "flatline-simple-text.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>
#include <sys/stat.h>

#define MMAP_ACCESS_FROM_END 8
#define DOCUMENT_TEXT_SHOWN  10 /* characters */

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

/* "-rw-r--r--", as ls has it. */
static void
append_file_mode (GString *text, guint mode)
{
  static const char letters[] = "rwxrwxrwx";
  const guint kind = mode & S_IFMT;
  const guint special[] = { S_ISUID, S_ISGID, S_ISVTX };

  g_string_append_c (text, kind == S_IFREG    ? '-'
                           : kind == S_IFDIR  ? 'd'
                           : kind == S_IFLNK  ? 'l'
                           : kind == S_IFBLK  ? 'b'
                           : kind == S_IFCHR  ? 'c'
                           : kind == S_IFIFO  ? 'p'
                           : kind == S_IFSOCK ? 's'
                                              : '?');
  for (guint i = 0; i < 9; i++)
    {
      const gboolean is_set = mode & (0400u >> i);
      const char letter = i == 8 ? 't' : 's';

      if (i % 3 == 2 && mode & special[i / 3])
        g_string_append_c (text, is_set ? letter : g_ascii_toupper (letter));
      else
        g_string_append_c (text, is_set ? letters[i] : '-');
    }
}

static const char *
get_compression (guint64 number)
{
  static const struct
  {
    guint64 number;
    const char *name;
  } known[] = { { 8, "deflate" }, { 9, "deflate64" }, { 12, "bzip2" }, { 14, "lzma" }, { 93, "zstd" } };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].number == number)
      return known[i].name;
  return NULL;
}

/* <ZipInfo filename='a.txt' compress_type=deflate filemode='-rw-r--r--' file_size=50 compress_size=8> */
void
flatline_library_append_zip_member (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  const guint64 compression = flatline_text_get_number (self, address, "compress_type");
  const guint64 attributes = flatline_text_get_number (self, address, "external_attr");
  const guint64 size = flatline_text_get_number (self, address, "file_size");
  const guint64 compressed = flatline_text_get_number (self, address, "compress_size");
  g_autofree char *name = flatline_text_get_string (self, address, "filename");
  const gboolean is_folder = name && g_str_has_suffix (name, "/");

  g_string_append_printf (text, "<%s filename=", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "filename");
  if (compression != 0 && get_compression (compression))
    g_string_append_printf (text, " compress_type=%s", get_compression (compression));
  else if (compression != 0)
    g_string_append_printf (text, " compress_type=%" G_GUINT64_FORMAT, compression);
  if (attributes >> 16)
    {
      g_string_append (text, " filemode='");
      append_file_mode (text, (guint)(attributes >> 16));
      g_string_append_c (text, '\'');
    }
  if (attributes & 0xffff)
    g_string_append_printf (text, " external_attr=0x%" G_GINT64_MODIFIER "x", attributes & 0xffff);
  if (!is_folder || size)
    g_string_append_printf (text, " file_size=%" G_GUINT64_FORMAT, size);
  if ((!is_folder || compressed) && (compression != 0 || size != compressed))
    g_string_append_printf (text, " compress_size=%" G_GUINT64_FORMAT, compressed);
  g_string_append_c (text, '>');
}

/* <DOM Text node "'text'"> of xml.dom.minidom: ten characters of it. */
void
flatline_library_append_document_text (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 data = flatline_text_get (self, address, "_data");
  FlatlineStringView view = { 0 };
  const gint64 n = data && flatline_string_view (self->target, data, &view) ? view.length : 0;

  g_string_append_printf (text, "<DOM %s node \"", flatline_text_short_name (type));
  flatline_text_append_str_part (self, text, data, 0, MIN (n, DOCUMENT_TEXT_SHOWN));
  g_string_append_printf (text, "%s\">", n > DOCUMENT_TEXT_SHOWN ? "..." : "");
}
