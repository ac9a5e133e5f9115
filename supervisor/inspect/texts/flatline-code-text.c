/* SPDX-License-Identifier: MIT */
/*
 * What programs are made of: functions, methods, modules, generators, code, cells, descriptors, references.
 * Object structs: Include/cpython/ and Objects/ of each version.
 */
#include "flatline-code-text.h"

#include "flatline-attributes.h"
#include "flatline-library-text-private.h"
#include "flatline-stack-walk.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define MAX_NAME           512
#define MAX_COMPILED_WORDS 32 /* of a function of Cython or Nuitka */

static char *
dup_str_at (FlatlineTextWriter *self, guint64 field)
{
  return flatline_string_dup (self->target, flatline_text_read_pointer (self, field), MAX_NAME);
}

static char *
dup_builtin_name (FlatlineTextWriter *self, guint64 address)
{
  guint64 method = flatline_text_read_pointer (self, address + (guint64)self->target->layout.cfunction_method);
  guint64 name = flatline_text_read_pointer (self, method + (guint64)self->target->layout.methoddef_name);

  return name ? flatline_memory_dup_string (self->target->memory, name, MAX_NAME) : NULL;
}

static gboolean
is_name_of (const char *qualified_name, const char *name)
{
  const gsize n = strlen (qualified_name), n_name = strlen (name);

  return g_str_has_suffix (qualified_name, name) && (n == n_name || qualified_name[n - n_name - 1] == '.');
}

/* Functions that compilers to C make (Cython, Nuitka) keep a code object, whose name it is, and their own names. */
static char *
dup_name_of_compiled (FlatlineTextWriter *self, guint64 object, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, object);
  const guint64 end = MIN (object + (guint64)type->basic_size, fields + MAX_COMPILED_WORDS * 8);
  g_autofree char *name = NULL;
  g_autofree char *qualified_name = NULL;

  for (guint64 at = fields; at < end && !name; at += 8)
    {
      const guint64 part = flatline_text_read_pointer (self, at);
      const FlatlineTypeInfo *part_type = part % 8 == 0 ? flatline_text_type_of (self, part) : NULL;

      if (part_type && part_type->family == FLATLINE_FAMILY_CODE)
        name = dup_str_at (self, part + (guint64)self->target->layout.code_name);
    }
  for (guint64 at = fields; at < end && name; at += 8)
    {
      const guint64 part = flatline_text_read_pointer (self, at);
      const FlatlineTypeInfo *part_type = part % 8 == 0 ? flatline_text_type_of (self, part) : NULL;
      g_autofree char *text = part_type && part_type->family == FLATLINE_FAMILY_STR ? dup_str_at (self, at) : NULL;

      if (text && is_name_of (text, name) && (!qualified_name || strlen (text) > strlen (qualified_name)))
        {
          g_free (qualified_name);
          qualified_name = g_steal_pointer (&text);
        }
    }
  return qualified_name ? g_steal_pointer (&qualified_name) : g_steal_pointer (&name);
}

char *
flatline_text_dup_qualified_name (FlatlineTextWriter *self, guint64 object)
{
  const FlatlineLayout *layout = &self->target->layout;
  const FlatlineTypeInfo *type = flatline_text_type_of (self, object);
  const FlatlineTypeInfo *owner;
  g_autofree char *name = NULL;

  switch (type ? type->family : FLATLINE_FAMILY_INSTANCE)
    {
    case FLATLINE_FAMILY_FUNCTION:
      return dup_str_at (self, object + (guint64)layout->function_qualname);
    case FLATLINE_FAMILY_GENERATOR:
      return dup_str_at (self, object + (guint64)layout->generator_qualname);
    case FLATLINE_FAMILY_METHOD:
      object = flatline_text_read_pointer (self, object + (guint64)layout->method_function);
      type = flatline_text_type_of (self, object);
      /* Garbage may be a method of itself. */
      return type && type->family != FLATLINE_FAMILY_METHOD ? flatline_text_dup_qualified_name (self, object) : NULL;
    case FLATLINE_FAMILY_TYPE:
      owner = flatline_type_cache_find (self->types, object);
      return owner ? g_strdup (owner->name) : NULL;
    case FLATLINE_FAMILY_BUILTIN:
      name = dup_builtin_name (self, object);
      if (!name)
        return NULL;
      object = flatline_text_read_pointer (self, object + (guint64)layout->cfunction_self);
      owner = flatline_text_type_of (self, object);
      /* Of a class method the owner is the class itself. */
      if (owner && owner->family == FLATLINE_FAMILY_TYPE)
        owner = flatline_type_cache_find (self->types, object);
      return owner && owner->family != FLATLINE_FAMILY_MODULE ? g_strdup_printf ("%s.%s", owner->name, name)
                                                              : g_steal_pointer (&name);
    default:
      return type && flatline_text_is_compiled_function (type->name) ? dup_name_of_compiled (self, object, type) : NULL;
    }
}

/* __name__, where an object has one. */
static char *
dup_name (FlatlineTextWriter *self, guint64 object, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  const FlatlineTypeInfo *itself;
  guint64 dict, name;

  switch (type->family)
    {
    case FLATLINE_FAMILY_FUNCTION:
      return dup_str_at (self, object + (guint64)layout->function_name);
    case FLATLINE_FAMILY_GENERATOR:
      return dup_str_at (self, object + (guint64)layout->generator_name);
    case FLATLINE_FAMILY_BUILTIN:
      return dup_builtin_name (self, object);
    case FLATLINE_FAMILY_TYPE:
      itself = flatline_type_cache_find (self->types, object);
      return itself ? g_strdup (flatline_text_short_name (itself)) : NULL;
    case FLATLINE_FAMILY_MODULE:
      dict = flatline_text_read_pointer (self, object + (guint64)layout->module_dict);
      name = dict ? flatline_dict_find (self->target, dict, "__name__") : 0;
      return name ? flatline_string_dup (self->target, name, MAX_NAME) : NULL;
    default:
      return flatline_text_get_string (self, object, "__name__");
    }
}

void
flatline_text_append_function (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_autofree char *name = flatline_text_dup_qualified_name (self, address);

  g_string_append_printf (text, "<function %s at 0x%" G_GINT64_MODIFIER "x>", name ? name : "?", address);
}

gboolean
flatline_text_is_compiled_function (const char *type_name)
{
  return strcmp (type_name, "cython_function_or_method") == 0 || strcmp (type_name, "fused_cython_function") == 0
         || strcmp (type_name, "compiled_function") == 0;
}

void
flatline_library_append_compiled_function (FlatlineTextWriter *self,
                                           GString *text,
                                           guint64 address,
                                           const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_dup_qualified_name (self, address);

  if (name)
    g_string_append_printf (text, "<%s %s at 0x%" G_GINT64_MODIFIER "x>",
                            strstr (type->name, "cython") ? "cyfunction" : type->name, name, address);
  else
    g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
}

void
flatline_text_append_method (FlatlineTextWriter *self, GString *text, guint64 address)
{
  g_autofree char *name = flatline_text_dup_qualified_name (self, address);

  g_string_append_printf (text, "<bound method %s of ", name ? name : "?");
  flatline_text_append_object (self, text,
                               flatline_text_read_pointer (self, address + (guint64)self->target->layout.method_self));
  g_string_append_c (text, '>');
}

void
flatline_text_append_builtin (FlatlineTextWriter *self, GString *text, guint64 address)
{
  guint64 owner = flatline_text_read_pointer (self, address + (guint64)self->target->layout.cfunction_self);
  const FlatlineTypeInfo *type = flatline_text_type_of (self, owner);
  g_autofree char *name = dup_builtin_name (self, address);

  if (!type || type->family == FLATLINE_FAMILY_MODULE)
    g_string_append_printf (text, "<built-in function %s>", name ? name : "?");
  else
    g_string_append_printf (text, "<built-in method %s of %s object at 0x%" G_GINT64_MODIFIER "x>", name ? name : "?",
                            flatline_text_type_name (type), owner);
}

/* Where a module is from: its __spec__ says so, else its __file__ (Lib/importlib/_bootstrap.py, _module_repr). */
void
flatline_text_append_module (FlatlineTextWriter *self, GString *text, guint64 address)
{
  guint64 dict = flatline_text_read_pointer (self, address + (guint64)self->target->layout.module_dict);
  guint64 name = dict ? flatline_dict_find (self->target, dict, "__name__") : 0;
  guint64 file = dict ? flatline_dict_find (self->target, dict, "__file__") : 0;
  guint64 spec = dict ? flatline_dict_find (self->target, dict, "__spec__") : 0;
  guint64 loader = dict ? flatline_dict_find (self->target, dict, "__loader__") : 0;
  g_autofree char *origin = flatline_text_is_none (self, spec) ? NULL : flatline_text_get_string (self, spec, "origin");

  if (origin && !flatline_text_get_number (self, spec, "_set_fileattr"))
    file = 0;
  g_string_append (text, "<module ");
  if (name)
    flatline_text_append_object (self, text, name);
  else
    g_string_append (text, "'?'");
  if (file)
    {
      g_string_append (text, " from ");
      flatline_text_append_object (self, text, file);
    }
  else if (origin)
    g_string_append_printf (text, " (%s)", origin);
  else if (!flatline_text_is_none (self, loader))
    {
      g_autofree char *loader_name = flatline_text_dup_qualified_name (self, loader);

      /* Up to 3.11 a loader may say it in its own way. */
      if (g_strcmp0 (loader_name, "BuiltinImporter") == 0 && self->target->layout.version < 0x030c)
        g_string_append (text, " (built-in)");
      else
        {
          g_string_append (text, " (");
          flatline_text_append_object (self, text, loader);
          g_string_append_c (text, ')');
        }
    }
  g_string_append_c (text, '>');
}

void
flatline_text_append_generator (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autofree char *name = flatline_text_dup_qualified_name (self, address);

  g_string_append_printf (text, "<%s object %s at 0x%" G_GINT64_MODIFIER "x>", type->name, name ? name : "?", address);
}

/* From 3.13 on as PyType_GetFullyQualifiedName() has it. */
static const char *
get_referred_name (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  static const char main_module[] = "__main__.";

  if (self->target->layout.version < 0x030d)
    return flatline_text_type_name (type);
  return type->full_name + (g_str_has_prefix (type->full_name, main_module) ? strlen (main_module) : 0);
}

void
flatline_library_append_weak_reference (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const guint64 object = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  const FlatlineTypeInfo *referred = flatline_text_type_of (self, object);
  /* From some 3.11 on modules are told without their names. */
  const gboolean has_name =
      referred && (referred->family != FLATLINE_FAMILY_MODULE || self->target->layout.version < 0x030b);
  g_autofree char *name = has_name ? dup_name (self, object, referred) : NULL;

  g_string_append_printf (text, "<weakref at 0x%" G_GINT64_MODIFIER "x; ", address);
  if (!referred || referred->family == FLATLINE_FAMILY_NONE)
    g_string_append (text, "dead>");
  else
    g_string_append_printf (text, "to '%s' at 0x%" G_GINT64_MODIFIER "x%s%s%s>", get_referred_name (self, referred),
                            object, name ? " (" : "", name ? name : "", name ? ")" : "");
}

/* A weak reference that stands for its object; up to 3.12 a dead one refers to None. */
void
flatline_library_append_weak_proxy (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  const guint64 object = flatline_text_read_pointer (self, flatline_text_fields_of (self, address));
  const FlatlineTypeInfo *referred = flatline_text_type_of (self, object);
  const gboolean is_new = self->target->layout.version >= 0x030d;

  g_string_append_printf (text, "<weakproxy at 0x%" G_GINT64_MODIFIER "x", address);
  if (!referred || (is_new && referred->family == FLATLINE_FAMILY_NONE))
    g_string_append (text, "; dead>");
  else
    g_string_append_printf (text,
                            is_new ? "; to '%s' at 0x%" G_GINT64_MODIFIER "x>" : " to %s at 0x%" G_GINT64_MODIFIER "x>",
                            get_referred_name (self, referred), object);
}

/* A capsule: the pointer in it, its name as C has it. */
void
flatline_library_append_capsule (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 name_at = flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 8);
  g_autofree char *name = name_at ? flatline_memory_dup_string (self->target->memory, name_at, 256) : NULL;
  const char *quote = name ? "\"" : "";

  g_string_append_printf (text, "<capsule object %s%s%s at 0x%" G_GINT64_MODIFIER "x>", quote, name ? name : "NULL",
                          quote, address);
}

/* PyDescrObject: the type, the name. */
void
flatline_library_append_descriptor (FlatlineTextWriter *self,
                                    GString *text,
                                    guint64 address,
                                    const FlatlineTypeInfo *type)
{
  static const char *const kinds[][2] = { { "method_descriptor", "method" },
                                          { "classmethod_descriptor", "method" },
                                          { "wrapper_descriptor", "slot wrapper" },
                                          { "getset_descriptor", "attribute" },
                                          { "member_descriptor", "member" } };
  const guint64 fields = flatline_text_fields_of (self, address);
  const FlatlineTypeInfo *owner = flatline_type_cache_find (self->types, flatline_text_read_pointer (self, fields));
  g_autofree char *name = flatline_string_dup (self->target, flatline_text_read_pointer (self, fields + 8), 256);

  /* Of object alone, from 3.15 on. */
  if (self->target->layout.version >= 0x030f && owner && strcmp (owner->name, "object") == 0
      && strcmp (type->name, "wrapper_descriptor") == 0)
    {
      g_string_append_printf (text, "<slot wrapper '%s'>", name ? name : "?");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i][0], type->name) == 0)
      g_string_append_printf (text, "<%s '%s' of '%s' objects>", kinds[i][1], name ? name : "?",
                              owner ? flatline_text_type_name (owner) : "?");
}

void
flatline_library_append_code (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &self->target->layout;
  g_autofree char *name =
      flatline_string_dup (self->target, flatline_text_read_pointer (self, address + layout->code_name), 256);
  g_autofree char *file =
      flatline_string_dup (self->target, flatline_text_read_pointer (self, address + layout->code_filename), 1024);
  gint32 line = 0;

  flatline_memory_read_i32 (self->target->memory, address + layout->code_firstlineno, &line);
  g_string_append_printf (text, "<code object %s at 0x%" G_GINT64_MODIFIER "x, file \"%s\", line %d>",
                          name ? name : "?", address, file ? file : "?", line);
}

void
flatline_library_append_cell (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 content = flatline_text_read_pointer (self, address + self->target->layout.cell_value);
  const FlatlineTypeInfo *content_type = flatline_text_type_of (self, content);

  g_string_append_printf (text, "<cell at 0x%" G_GINT64_MODIFIER "x: ", address);
  if (content_type)
    g_string_append_printf (text, "%s object at 0x%" G_GINT64_MODIFIER "x>", flatline_text_type_name (content_type),
                            content);
  else
    g_string_append (text, "empty>");
}

/* classmethod and staticmethod (Objects/funcobject.c): what they wrap comes first. They write it from 3.10 on. */
void
flatline_library_append_wrapped_method (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  if (self->target->layout.version < 0x030a)
    {
      g_string_append_printf (text, "<%s object at 0x%" G_GINT64_MODIFIER "x>", type->full_name, address);
      return;
    }
  g_string_append_printf (text, "<%s(", type->full_name);
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, flatline_text_fields_of (self, address)));
  g_string_append (text, ")>");
}

/* wrapperobject (Objects/descrobject.c): the descriptor, the object. */
void
flatline_library_append_method_wrapper (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const guint64 descriptor = flatline_text_read_pointer (self, fields);
  const guint64 object = flatline_text_read_pointer (self, fields + 8);
  const FlatlineTypeInfo *object_type = flatline_text_type_of (self, object);
  g_autofree char *name = dup_str_at (self, flatline_text_fields_of (self, descriptor) + 8);

  g_string_append_printf (text, "<method-wrapper '%s' of %s object at 0x%" G_GINT64_MODIFIER "x>", name ? name : "?",
                          object_type ? flatline_text_type_name (object_type) : "?", object);
}

/* superobject (Objects/typeobject.c): the class, the object, the object's class. */
void
flatline_library_append_super (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  const FlatlineTypeInfo *start = flatline_type_cache_find (self->types, flatline_text_read_pointer (self, fields));
  const FlatlineTypeInfo *of = flatline_type_cache_find (self->types, flatline_text_read_pointer (self, fields + 16));

  g_string_append_printf (text, "<super: <class '%s'>, ", start ? flatline_text_type_name (start) : "NULL");
  if (of)
    g_string_append_printf (text, "<%s object>>", flatline_text_type_name (of));
  else
    g_string_append (text, "NULL>");
}

/* A frame object's own frame says where it is. */
void
flatline_library_append_frame (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const gint32 at = self->target->layout.frame_object_frame;
  guint64 frame = at >= 0 ? flatline_text_read_pointer (self, address + (guint64)at) : address;
  guint64 previous;
  FlatlineFrameState state;
  FlatlineCode *code;

  if (!flatline_frame_state_read (self->target, frame, &state, &previous)
      || !(code = flatline_code_cache_find (self->codes, state.code)))
    {
      g_string_append_printf (text, "<frame object at 0x%" G_GINT64_MODIFIER "x>", address);
      return;
    }
  g_string_append_printf (text, "<frame at 0x%" G_GINT64_MODIFIER "x, file ", address);
  flatline_text_append_utf8 (text, code->file);
  g_string_append_printf (text, ", line %d, code %s>",
                          flatline_code_cache_find_place (self->codes, code, state.offset, state.line)->line,
                          code->name);
}
