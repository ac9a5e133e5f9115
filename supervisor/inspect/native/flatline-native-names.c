/* SPDX-License-Identifier: MIT */
/*
 * What the code at an address is called: the function, and the calls that the compiler put into one another there, from
 * debug information where a file has some, else from its symbols. To find a first name of a file is dear, and threads
 * wait at the same places: each address is looked up once, and what was found is kept for the captures to come.
 */
#include "flatline-native-names.h"

#include "flatline-cython.h"
#include "flatline-dw-library.h"
#include "flatline-known-names.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#define EVALUATOR "_PyEval_EvalFrameDefault" /* Python/ceval.c; compilers append ".cold" and the like */

struct _FlatlineNativeNames
{
  Dwfl *dwfl;          /* borrowed */
  GHashTable *looked;  /* address -> GPtrArray of FlatlineFrame; NULL: the evaluator, which is not named */
  GHashTable *modules; /* Dwfl_Module -> FlatlineKnownNames */
  FlatlineCython *cython;
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
  frame->function = function ? g_strdup (function) : g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", pc);
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
  const char *name =
      flatline_dw.dwarf_formstring (flatline_dw.dwarf_attr_integrate (die, DW_AT_linkage_name, &attribute));

  return name ? name : flatline_dw.dwarf_formstring (flatline_dw.dwarf_attr_integrate (die, DW_AT_name, &attribute));
}

/* Where an inlined call was written: the place in the function around it. */
static void
read_call_place (Dwarf_Die *call, Dwarf_Die *unit, const char **file, int *line)
{
  Dwarf_Attribute attribute;
  Dwarf_Word number = 0;
  Dwarf_Files *files = NULL;

  *file = NULL;
  *line = flatline_dw.dwarf_formudata (flatline_dw.dwarf_attr (call, DW_AT_call_line, &attribute), &number) == 0
              ? (int)number
              : 0;
  if (flatline_dw.dwarf_formudata (flatline_dw.dwarf_attr (call, DW_AT_call_file, &attribute), &number) == 0
      && flatline_dw.dwarf_getsrcfiles (unit, &files, NULL) == 0)
    *file = flatline_dw.dwarf_filesrc (files, number, NULL, NULL);
}

static gboolean
may_hold_calls (int tag)
{
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block
         || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* Names group what lies anywhere, so that they have no addresses. */
static gboolean
is_group (int tag)
{
  return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
}

/* The scopes around @pc below @outer, outermost first, as the code lies: what holds an inlined call is its caller. */
static gboolean
find_scopes (Dwarf_Die *outer, guint64 pc, GArray *scopes)
{
  Dwarf_Die die;

  if (flatline_dw.dwarf_child (outer, &die) != 0)
    return FALSE;
  do
    {
      const int tag = flatline_dw.dwarf_tag (&die);

      if (may_hold_calls (tag) && flatline_dw.dwarf_haspc (&die, pc) > 0)
        {
          g_array_append_val (scopes, die);
          find_scopes (&die, pc, scopes);
          return TRUE;
        }
      if (is_group (tag) && find_scopes (&die, pc, scopes))
        return TRUE;
    }
  while (flatline_dw.dwarf_siblingof (&die, &die) == 0);
  return FALSE;
}

static void
add_call (GVariantBuilder *calls, const char *name, const char *file, int line)
{
  g_autofree char *plain = name ? demangle (name) : NULL;
  g_autofree char *function = plain ? g_utf8_make_valid (plain, -1) : NULL;
  g_autofree char *source = file ? g_utf8_make_valid (file, -1) : NULL;

  g_variant_builder_add (calls, "(ssu)", function ? function : "", source ? source : "", (guint32)MAX (line, 0));
}

/* The calls that the compiler put into one another at @pc, innermost first; FALSE without debug information. */
static gboolean
add_described (Dwfl_Module *module, guint64 pc, const char *file, int line, GVariantBuilder *calls)
{
  g_autoptr (GArray) scopes = g_array_new (FALSE, FALSE, sizeof (Dwarf_Die));
  Dwarf_Addr bias = 0;
  Dwarf_Die *unit = flatline_dw.dwfl_module_addrdie (module, pc, &bias);
  gboolean any = FALSE;

  if (unit)
    find_scopes (unit, pc - bias, scopes);
  for (guint i = scopes->len; i-- > 0;)
    {
      Dwarf_Die *scope = &g_array_index (scopes, Dwarf_Die, i);
      const int tag = flatline_dw.dwarf_tag (scope);

      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
        continue;
      add_call (calls, name_of_die (scope), file, line);
      any = TRUE;
      if (tag == DW_TAG_subprogram)
        break;
      read_call_place (scope, unit, &file, &line);
    }
  return any;
}

static GVariant *
read_calls (Dwfl_Module *module, guint64 pc)
{
  GVariantBuilder calls = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (FLATLINE_KNOWN_CALLS));
  Dwfl_Line *place = flatline_dw.dwfl_module_getsrc (module, pc);
  const char *file;
  GElf_Off offset;
  GElf_Sym symbol;
  int line = 0;

  file = place ? flatline_dw.dwfl_lineinfo (place, NULL, &line, NULL, NULL, NULL) : NULL;
  if (!place || !add_described (module, pc, file, line, &calls))
    add_call (&calls, flatline_dw.dwfl_module_addrinfo (module, pc, &offset, &symbol, NULL, NULL, NULL), NULL, 0);
  return g_variant_builder_end (&calls);
}

static FlatlineKnownNames *
find_known (FlatlineNativeNames *self, Dwfl_Module *module)
{
  FlatlineKnownNames *known = g_hash_table_lookup (self->modules, module);

  if (!known)
    {
      known = flatline_known_names_open (module);
      g_hash_table_insert (self->modules, module, known);
    }
  return known;
}

static guint64
find_beginning (Dwfl_Module *module)
{
  Dwarf_Addr beginning = 0;

  flatline_dw.dwfl_module_info (module, NULL, &beginning, NULL, NULL, NULL, NULL, NULL);
  return beginning;
}

static GPtrArray *
read_frames (FlatlineNativeNames *self, guint64 pc)
{
  GPtrArray *frames = g_ptr_array_new_with_free_func (g_object_unref);
  Dwfl_Module *module = flatline_dw.dwfl_addrmodule (self->dwfl, pc);
  const char *path = module ? flatline_dw.dwfl_module_info (module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
  FlatlineKnownNames *known = module ? find_known (self, module) : NULL;
  const guint64 offset = module ? pc - find_beginning (module) : 0;
  g_autoptr (GVariant) calls = known ? flatline_known_names_find (known, offset) : NULL;
  const char *function, *file;
  GVariantIter iter;
  guint32 line;

  if (known && !calls)
    {
      calls = g_variant_ref_sink (read_calls (module, pc));
      flatline_known_names_add (known, offset, calls);
    }
  if (!calls)
    {
      g_ptr_array_add (frames, make_frame (NULL, NULL, pc));
      return frames;
    }
  g_variant_iter_init (&iter, calls);
  while (g_variant_iter_next (&iter, "(&s&su)", &function, &file, &line))
    {
      FlatlineFrame *frame = make_frame (*function ? function : NULL, path, pc);

      frame->file = *file ? g_strdup (file) : NULL;
      frame->line = line;
      flatline_cython_rename (self->cython, frame);
      g_ptr_array_add (frames, frame);
    }
  return frames;
}

/* By the symbols, which need no debug information; compilers split a function. */
static GVariant *
read_ranges (Dwfl_Module *module)
{
  GVariantBuilder ranges = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (FLATLINE_KNOWN_RANGES));
  const guint64 beginning = find_beginning (module);
  const int n_symbols = flatline_dw.dwfl_module_getsymtab (module);

  for (int i = 1; i < n_symbols; i++)
    {
      GElf_Sym symbol;
      GElf_Addr address;
      const char *name = flatline_dw.dwfl_module_getsym_info (module, i, &symbol, &address, NULL, NULL, NULL);

      if (name && GELF_ST_TYPE (symbol.st_info) == STT_FUNC && symbol.st_size > 0
          && strncmp (name, EVALUATOR, strlen (EVALUATOR)) == 0)
        g_variant_builder_add (&ranges, "(tt)", address - beginning, address - beginning + symbol.st_size);
    }
  return g_variant_builder_end (&ranges);
}

static gboolean
is_evaluator (FlatlineNativeNames *self, guint64 pc)
{
  Dwfl_Module *module = flatline_dw.dwfl_addrmodule (self->dwfl, pc);
  FlatlineKnownNames *known = module ? find_known (self, module) : NULL;
  const guint64 offset = module ? pc - find_beginning (module) : 0;
  g_autoptr (GVariant) ranges = known ? flatline_known_names_find_ranges (known) : NULL;
  GVariantIter iter;
  guint64 first, end;

  if (!known)
    return FALSE;
  if (!ranges)
    {
      ranges = g_variant_ref_sink (read_ranges (module));
      flatline_known_names_add_ranges (known, ranges);
    }
  g_variant_iter_init (&iter, ranges);
  while (g_variant_iter_next (&iter, "(tt)", &first, &end))
    if (offset >= first && offset < end)
      return TRUE;
  return FALSE;
}

static void
unref_frames (GPtrArray *frames)
{
  if (frames)
    g_ptr_array_unref (frames);
}

FlatlineNativeNames *
flatline_native_names_new (Dwfl *dwfl)
{
  FlatlineNativeNames *self = g_new0 (FlatlineNativeNames, 1);

  self->dwfl = dwfl;
  self->cython = flatline_cython_new ();
  self->looked = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)unref_frames);
  self->modules = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)flatline_known_names_close);
  return self;
}

void
flatline_native_names_free (FlatlineNativeNames *self)
{
  flatline_cython_free (self->cython);
  g_hash_table_unref (self->looked);
  g_hash_table_unref (self->modules);
  g_free (self);
}

GPtrArray *
flatline_native_names_find (FlatlineNativeNames *self, guint64 pc)
{
  gpointer frames;

  if (!g_hash_table_lookup_extended (self->looked, GSIZE_TO_POINTER (pc), NULL, &frames))
    {
      frames = is_evaluator (self, pc) ? NULL : read_frames (self, pc);
      g_hash_table_insert (self->looked, GSIZE_TO_POINTER (pc), frames);
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
