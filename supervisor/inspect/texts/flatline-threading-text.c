/* SPDX-License-Identifier: MIT */
/* Threads, what they wait for, and their futures: Lib/threading.py, Lib/concurrent/futures. */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-digits.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

void
flatline_library_append_event (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_string_append_c (text, '<');
  g_string_append (text, type->full_name);
  g_string_append (text, " at 0x");
  flatline_append_hexadecimal (text, address);
  g_string_append (text, flatline_text_get_number (self, address, "_flag") ? ": set>" : ": unset>");
}

void
flatline_library_append_condition (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  guint64 waiters = flatline_text_get (self, address, "_waiters");

  g_string_append (text, "<Condition(");
  flatline_text_append_attribute (self, text, address, "_lock");
  g_string_append_printf (text, ", %" G_GINT64_FORMAT ")>",
                          waiters ? flatline_object_read_size (self->target, waiters) : 0);
}

void
flatline_library_append_semaphore (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  guint64 initial = flatline_text_get (self, address, "_initial_value");

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x: value=%" G_GUINT64_FORMAT, type->full_name, address,
                          flatline_text_get_number (self, address, "_value"));
  if (initial)
    g_string_append_printf (text, "/%" G_GUINT64_FORMAT, flatline_text_get_number (self, address, "_initial_value"));
  g_string_append_c (text, '>');
}

void
flatline_library_append_barrier (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autoptr (GString) state = g_string_new (NULL);

  flatline_text_append_attribute (self, state, address, "_state");
  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x: ", type->full_name, address);
  if (strcmp (state->str, "-2") == 0)
    g_string_append (text, "broken>");
  else
    g_string_append_printf (text, "waiters=%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT ">",
                            strcmp (state->str, "0") == 0 ? flatline_text_get_number (self, address, "_count") : 0,
                            flatline_text_get_number (self, address, "_parties"));
}

static gboolean
add_living (guint64 key, guint64 value, gpointer living)
{
  g_hash_table_add (living, GSIZE_TO_POINTER (value));
  return TRUE;
}

/* A thread is alive while threading._active knows it. That is read once for all of them, and asked
 * for once for a class: they may be many. */
static gboolean
is_alive (FlatlineTextWriter *self, guint64 address, const FlatlineTypeInfo *type)
{
  if (g_hash_table_add (self->living, GSIZE_TO_POINTER (type->address)))
    {
      guint64 active = flatline_text_find_global (self, type, "_bootstrap_inner", "_active");

      if (active && g_hash_table_add (self->living, GSIZE_TO_POINTER (active)))
        flatline_dict_foreach (self->target, active, add_living, self->living);
    }
  return g_hash_table_contains (self->living, GSIZE_TO_POINTER (address));
}

void
flatline_library_append_thread (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_get_string (self, address, "_name");
  guint64 ident = flatline_text_get (self, address, "_ident");
  gboolean started = flatline_text_get_number (self, flatline_text_get (self, address, "_started"), "_flag") != 0;

  g_string_append_c (text, '<');
  g_string_append (text, flatline_text_short_name (type));
  g_string_append_c (text, '(');
  g_string_append (text, name ? name : "?");
  g_string_append (text, !started ? ", initial" : is_alive (self, address, type) ? ", started" : ", stopped");
  if (flatline_text_get_number (self, address, "_daemonic"))
    g_string_append (text, " daemon");
  if (!flatline_text_is_none (self, ident))
    {
      g_string_append_c (text, ' ');
      flatline_text_append_object (self, text, ident);
    }
  g_string_append (text, ")>");
}

void
flatline_library_append_future (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *state = flatline_text_get_string (self, address, "_state");
  g_autofree char *word = g_ascii_strdown (state ? state : "?", -1);
  const FlatlineTypeInfo *result = flatline_text_type_of (self, flatline_text_get (self, address, "_result"));
  const FlatlineTypeInfo *exception = flatline_text_type_of (self, flatline_text_get (self, address, "_exception"));

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x state=%s", flatline_text_short_name (type), address,
                          g_str_has_prefix (word, "cancelled") ? "cancelled" : word);
  if (g_strcmp0 (state, "FINISHED") == 0 && exception && exception->family == FLATLINE_FAMILY_EXCEPTION)
    g_string_append_printf (text, " raised %s", flatline_text_short_name (exception));
  else if (g_strcmp0 (state, "FINISHED") == 0 && result)
    g_string_append_printf (text, " returned %s", flatline_text_short_name (result));
  g_string_append_c (text, '>');
}
