/* SPDX-License-Identifier: MIT */
/*
 * Objects of packages that many programs use: addresses of the web (yarl, httpx, SQLAlchemy), the headers of requests,
 * elements of lxml, the distances of dateutil. Those that are a sentence with attributes in it are templates.
 */
#include "flatline-library-text-private.h"

#include "flatline-dicts.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_TAG 256 /* bytes */

/* Of libxml2's <libxml/tree.h>: xmlNode and xmlNs. */
#define NODE_TYPE      8
#define NODE_NAME      16
#define NODE_NAMESPACE 72
#define NAMESPACE_HREF 16
#define XML_ELEMENT    1

typedef struct
{
  FlatlineTextWriter *writer;
  GString *text;
  guint64 n;
} Items;

/* @value behind @before, when there is any. */
static void
append_part (GString *text, const char *before, const char *value)
{
  if (value && *value)
    g_string_append_printf (text, "%s%s", before, value);
}

static char *
dup_item (FlatlineTextWriter *self, guint64 tuple, guint index)
{
  const guint64 items = (guint64)self->target->layout.tuple_items;
  const guint64 item = flatline_text_read_pointer (self, tuple + items + (guint64)index * 8);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!flatline_text_is_none (self, item))
    flatline_text_append_plain (self, text, item);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* "ann:secret@h.org" without what stands between the colon and the last @. */
static void
append_without_password (GString *text, const char *authority)
{
  const char *at = strrchr (authority, '@');
  const char *colon = at ? memchr (authority, ':', (gsize)(at - authority)) : NULL;

  if (colon)
    g_string_append_printf (text, "%.*s:[secure]%s", (int)(colon - authority), authority, at);
  else
    g_string_append (text, authority);
}

/* A part of an address of yarl: a slot; up to 1.9 an item of a tuple of five. */
static char *
dup_yarl_part (FlatlineTextWriter *self, guint64 url, guint64 parts, guint index, const char *name)
{
  return parts ? dup_item (self, parts, index) : flatline_text_get_string (self, url, name);
}

/* The password is not told. "URL('https://h.org/p?q=1')" */
void
flatline_library_append_yarl (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  static const char *const parts[] = { "_path", "_query", "_fragment" };
  static const char *const before[] = { "", "?", "#" };
  const guint64 split = flatline_text_get (self, address, "_val");
  g_autofree char *scheme = dup_yarl_part (self, address, split, 0, "_scheme");
  g_autofree char *authority = dup_yarl_part (self, address, split, 1, "_netloc");

  g_string_append_printf (text, "%s('", flatline_text_short_name (type));
  append_part (text, "", scheme);
  if (scheme && *scheme)
    g_string_append_c (text, ':');
  if (authority && *authority)
    {
      g_string_append (text, "//");
      append_without_password (text, authority);
    }
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *part = dup_yarl_part (self, address, split, 2 + i, parts[i]);

      append_part (text, before[i], part);
    }
  g_string_append (text, "')");
}

/* Of httpx: a named tuple of scheme, userinfo, host, port, path, query, fragment; the password is not told. */
static void
append_httpx_address (FlatlineTextWriter *self, GString *text, guint64 url)
{
  static const char *const before[] = { "", "//", "", ":", "", "?", "#" };
  const guint64 parts = flatline_text_get (self, url, "_uri_reference");

  for (guint i = 0; parts && i < G_N_ELEMENTS (before); i++)
    {
      g_autofree char *part = dup_item (self, parts, i);
      char *colon = i == 1 ? strchr (part, ':') : NULL;

      if (colon)
        *colon = '\0';
      if (i == 2 && *part)
        {
          g_autofree char *user = dup_item (self, parts, 1);

          g_string_append (text, *user ? "@" : "//");
        }
      append_part (text, before[i], part);
      if (colon)
        g_string_append (text, ":[secure]");
      if (i == 0 && *part)
        g_string_append_c (text, ':');
    }
}

/* "URL('https://h.org/p?q=1')" */
void
flatline_library_append_httpx_url (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "%s('", flatline_text_short_name (type));
  append_httpx_address (self, text, address);
  g_string_append (text, "')");
}

/* "<Request('GET', 'https://h.org/p?q=1')>" */
void
flatline_library_append_httpx_request (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s(", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "method");
  g_string_append (text, ", '");
  append_httpx_address (self, text, flatline_text_get (self, address, "url"));
  g_string_append (text, "')>");
}

/* Of SQLAlchemy: drivername, username, password, host, port, database. "postgresql://ann:***@h.org:5432/stock" */
void
flatline_library_append_database_url (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  g_autofree char *driver = dup_item (self, address, 0);
  g_autofree char *user = dup_item (self, address, 1);
  g_autofree char *password = dup_item (self, address, 2);
  g_autofree char *host = dup_item (self, address, 3);
  g_autofree char *port = dup_item (self, address, 4);
  g_autofree char *database = dup_item (self, address, 5);

  g_string_append_printf (text, "%s://%s%s%s%s", driver, user, *password ? ":***" : "", *user ? "@" : "", host);
  append_part (text, ":", port);
  append_part (text, "/", database);
}

static gboolean
append_header (guint64 key, guint64 value, gpointer user_data)
{
  Items *items = user_data;
  const guint64 pair = value + (guint64)items->writer->target->layout.tuple_items;

  if (!flatline_text_begin_item (items->writer, items->text, items->n++))
    return FALSE;
  flatline_text_append_object (items->writer, items->text, flatline_text_read_pointer (items->writer, pair));
  g_string_append (items->text, ": ");
  flatline_text_append_object (items->writer, items->text, flatline_text_read_pointer (items->writer, pair + 8));
  return TRUE;
}

/* Of requests: from the name in small letters to the name as it was given and the value. "{'Accept': '*'}" */
void
flatline_library_append_headers (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  Items items = { self, text, 0 };

  g_string_append_c (text, '{');
  flatline_dict_foreach (self->target, flatline_text_get (self, address, "_store"), append_header, &items);
  g_string_append_c (text, '}');
}

/*
 * "<Element {http://x.org/}root at 0x7f…>": behind the document is a node of libxml2, which refers to the object back
 * (lxml/includes/etreepublic.pxd).
 */
void
flatline_library_append_lxml_element (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  const guint64 node = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 8);
  g_autofree char *name = NULL;
  g_autofree char *namespace = NULL;
  gint32 kind = 0;

  if (node && flatline_text_read_pointer (self, node) == address
      && flatline_memory_read_i32 (self->target->memory, node + NODE_TYPE, &kind) && kind == XML_ELEMENT)
    {
      const guint64 space = flatline_text_read_pointer (self, node + NODE_NAMESPACE);
      const guint64 href = space ? flatline_text_read_pointer (self, space + NAMESPACE_HREF) : 0;

      name = flatline_memory_dup_string (self->target->memory, flatline_text_read_pointer (self, node + NODE_NAME),
                                         MAX_TAG);
      namespace = href ? flatline_memory_dup_string (self->target->memory, href, MAX_TAG) : NULL;
    }
  if (name && g_utf8_validate (name, -1, NULL) && (!namespace || g_utf8_validate (namespace, -1, NULL)))
    g_string_append_printf (text, "<Element %s%s%s%s at 0x%" G_GINT64_MODIFIER "x>", namespace ? "{" : "",
                            namespace ? namespace : "", namespace ? "}" : "", name, address);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

static void
append_distance (Items *items, guint64 address, const char *name, gboolean is_added)
{
  const guint64 value = flatline_text_get (items->writer, address, name);
  g_autoptr (GString) number = g_string_new (NULL);

  if (flatline_text_is_none (items->writer, value))
    return;
  flatline_text_append_object (items->writer, number, value);
  if (is_added && (strcmp (number->str, "0") == 0 || strcmp (number->str, "0.0") == 0))
    return;
  if (flatline_text_begin_item (items->writer, items->text, items->n++))
    g_string_append_printf (items->text, "%s=%s%s", name, is_added && number->str[0] != '-' ? "+" : "", number->str);
}

/* Of dateutil: what is added has a sign, what is put in its place has none. "relativedelta(days=+3, hour=8)" */
void
flatline_library_append_relative_time (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  static const char *const added[] = { "years", "months",  "days",    "leapdays",
                                       "hours", "minutes", "seconds", "microseconds" };
  static const char *const put[] = { "year", "month", "day", "weekday", "hour", "minute", "second", "microsecond" };
  Items items = { self, text, 0 };

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (guint i = 0; i < G_N_ELEMENTS (added); i++)
    append_distance (&items, address, added[i], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (put); i++)
    append_distance (&items, address, put[i], FALSE);
  g_string_append_c (text, ')');
}

/* Of dateutil: "TH", "FR(-1)" for the last of a month. */
void
flatline_library_append_weekday (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  static const char *const days[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };
  const guint64 day = flatline_text_get_number (self, address, "weekday");
  const guint64 n = flatline_text_get (self, address, "n");
  g_autoptr (GString) number = g_string_new (NULL);

  g_string_append (text, day < G_N_ELEMENTS (days) ? days[day] : "?");
  if (flatline_text_is_none (self, n))
    return;
  flatline_text_append_object (self, number, n);
  g_string_append_printf (text, "(%s%s)", number->str[0] == '-' ? "" : "+", number->str);
}
