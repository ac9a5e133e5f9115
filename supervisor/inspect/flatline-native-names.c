/* SPDX-License-Identifier: MIT */
/*
 * What the code at an address is called: the function, and the calls that the compiler put into one another there, from
 * debug information where a file has some, else from its symbols. To find a first name of a file is dear, and threads
 * wait at the same places: each address is looked up once.
 */
#include "flatline-native-names.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

struct _FlatlineNativeNames
{
  Dwfl *dwfl;        /* borrowed */
  GHashTable *known; /* address -> GPtrArray of FlatlineFrame */
};

/* Of the C++ ABI: the answer is malloc'ed. */
typedef char *(*Demangler) (const char *mangled, char *output, size_t *length, int *status);

/* libstdc++'s, opened when there is a first name to read: linking it would make every start slower. */
static Demangler
find_demangler (void)
{
  static gsize demangler = 0;

  if (g_once_init_enter (&demangler))
    {
      void *library = dlopen ("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
      void *function = library ? dlsym (library, "__cxa_demangle") : NULL;

      g_once_init_leave (&demangler, function ? GPOINTER_TO_SIZE (function) : 1);
    }
  return demangler == 1 ? NULL : (Demangler)GSIZE_TO_POINTER (demangler);
}

static char *
demangle (const char *name)
{
  Demangler demangler = g_str_has_prefix (name, "_Z") ? find_demangler () : NULL;
  int status = -1;
  char *plain = demangler ? demangler (name, NULL, NULL, &status) : NULL;
  char *copy = g_strdup (status == 0 && plain ? plain : name);

  free (plain);
  return copy;
}

static FlatlineFrame *
make_frame (const char *function, const char *module, guint64 pc)
{
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);

  frame->kind = g_strdup ("native");
  frame->function = function ? demangle (function) : g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", pc);
  frame->qualified_name = g_strdup (frame->function);
  frame->module = g_strdup (module);
  frame->address = pc;
  return frame;
}

/* Name of a function or of an inlined call, through the declaration it stands for. */
static const char *
name_of_die (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  const char *name = dwarf_formstring (dwarf_attr_integrate (die, DW_AT_linkage_name, &attribute));

  return name ? name : dwarf_formstring (dwarf_attr_integrate (die, DW_AT_name, &attribute));
}

/* Where an inlined call was written: the place in the function around it. */
static void
read_call_place (Dwarf_Die *call, Dwarf_Die *unit, const char **file, int *line)
{
  Dwarf_Attribute attribute;
  Dwarf_Word number = 0;
  Dwarf_Files *files = NULL;

  *file = NULL;
  *line = dwarf_formudata (dwarf_attr (call, DW_AT_call_line, &attribute), &number) == 0 ? (int)number : 0;
  if (dwarf_formudata (dwarf_attr (call, DW_AT_call_file, &attribute), &number) == 0
      && dwarf_getsrcfiles (unit, &files, NULL) == 0)
    *file = dwarf_filesrc (files, number, NULL, NULL);
}

/* The scopes around @pc from the inside out, as the code lies: what holds an inlined call is its caller. */
static int
find_scopes (Dwarf_Die *unit, guint64 pc, Dwarf_Die **scopes)
{
  Dwarf_Die *inner = NULL;
  int n_scopes = -1;

  *scopes = NULL;
  /* The first answer goes on with the scopes of the inlined function's definition; only its innermost is of use. */
  if (unit && dwarf_getscopes (unit, pc, &inner) > 0)
    n_scopes = dwarf_getscopes_die (&inner[0], scopes);
  free (inner);
  return n_scopes;
}

/* The calls that the compiler put into one another at @pc, innermost first; FALSE without debug information. */
static gboolean
add_described (Dwfl_Module *module, const char *path, guint64 pc, const char *file, int line, GPtrArray *frames)
{
  Dwarf_Addr bias = 0;
  Dwarf_Die *unit = dwfl_module_addrdie (module, pc, &bias);
  Dwarf_Die *scopes = NULL;
  int n_scopes = find_scopes (unit, pc - bias, &scopes);
  guint n_before = frames->len;

  for (int i = 0; i < n_scopes; i++)
    {
      int tag = dwarf_tag (&scopes[i]);
      FlatlineFrame *frame;

      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
        continue;
      frame = make_frame (name_of_die (&scopes[i]), path, pc);
      frame->file = g_strdup (file);
      frame->line = line;
      g_ptr_array_add (frames, frame);
      if (tag == DW_TAG_subprogram)
        break;
      read_call_place (&scopes[i], unit, &file, &line);
    }
  free (scopes);
  return frames->len > n_before;
}

static GPtrArray *
read_frames (FlatlineNativeNames *self, guint64 pc)
{
  GPtrArray *frames = g_ptr_array_new_with_free_func (g_object_unref);
  Dwfl_Module *module = dwfl_addrmodule (self->dwfl, pc);
  const char *path = module ? dwfl_module_info (module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
  Dwfl_Line *place = module ? dwfl_module_getsrc (module, pc) : NULL;
  const char *file;
  GElf_Off offset;
  GElf_Sym symbol;
  int line = 0;

  file = place ? dwfl_lineinfo (place, NULL, &line, NULL, NULL, NULL) : NULL;
  if (!place || !add_described (module, path, pc, file, line, frames))
    g_ptr_array_add (
        frames,
        make_frame (module ? dwfl_module_addrinfo (module, pc, &offset, &symbol, NULL, NULL, NULL) : NULL, path, pc));
  return frames;
}

FlatlineNativeNames *
flatline_native_names_new (Dwfl *dwfl)
{
  FlatlineNativeNames *self = g_new0 (FlatlineNativeNames, 1);

  self->dwfl = dwfl;
  self->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  return self;
}

void
flatline_native_names_free (FlatlineNativeNames *self)
{
  g_hash_table_unref (self->known);
  g_free (self);
}

GPtrArray *
flatline_native_names_find (FlatlineNativeNames *self, guint64 pc)
{
  GPtrArray *frames = g_hash_table_lookup (self->known, &pc);

  if (!frames)
    {
      frames = read_frames (self, pc);
      g_hash_table_insert (self->known, g_memdup2 (&pc, sizeof pc), frames);
    }
  return frames;
}

FlatlineFrame *
flatline_native_names_dup_frame (FlatlineFrame *known)
{
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);

  frame->kind = g_strdup (known->kind);
  frame->function = g_strdup (known->function);
  frame->qualified_name = g_strdup (known->qualified_name);
  frame->module = g_strdup (known->module);
  frame->address = known->address;
  frame->file = g_strdup (known->file);
  frame->line = known->line;
  return frame;
}
