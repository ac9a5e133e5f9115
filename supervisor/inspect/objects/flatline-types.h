/* SPDX-License-Identifier: MIT */
/* FlatlineTypeInfo: the type objects of a target, read once a capture and kept by address. */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

/* What an object is read as: its own built-in type, or the built-in type its class derives from. */
typedef enum
{
  FLATLINE_FAMILY_INSTANCE, /* attributes */
  FLATLINE_FAMILY_NONE,
  FLATLINE_FAMILY_BOOL,
  FLATLINE_FAMILY_INT,
  FLATLINE_FAMILY_FLOAT,
  FLATLINE_FAMILY_COMPLEX,
  FLATLINE_FAMILY_STR,
  FLATLINE_FAMILY_BYTES,
  FLATLINE_FAMILY_BYTEARRAY,
  FLATLINE_FAMILY_LIST,
  FLATLINE_FAMILY_TUPLE,
  FLATLINE_FAMILY_DICT,
  FLATLINE_FAMILY_SET,
  FLATLINE_FAMILY_FROZENSET,
  FLATLINE_FAMILY_RANGE,
  FLATLINE_FAMILY_SLICE,
  FLATLINE_FAMILY_ELLIPSIS,
  FLATLINE_FAMILY_NOT_IMPLEMENTED,
  FLATLINE_FAMILY_TYPE,
  FLATLINE_FAMILY_FUNCTION,
  FLATLINE_FAMILY_BUILTIN,
  FLATLINE_FAMILY_METHOD,
  FLATLINE_FAMILY_MODULE,
  FLATLINE_FAMILY_CODE,
  FLATLINE_FAMILY_CELL,
  FLATLINE_FAMILY_GENERATOR,
  FLATLINE_FAMILY_EXCEPTION,
  FLATLINE_FAMILY_LOCK,
  FLATLINE_FAMILY_RLOCK,
  FLATLINE_FAMILY_DEQUE,
} FlatlineFamily;

typedef struct
{
  guint64 address;
  char *name;      /* tp_name or, for a class of the program, its __qualname__ */
  char *full_name; /* with the module, but for builtins */
  FlatlineFamily family;
  gboolean is_of_c;  /* tp_name is the whole name, with the module; else full_name was put together */
  gboolean is_exact; /* the built-in type itself, not a class derived from it */
  guint64 flags;
  gint64 basic_size, item_size, dict_offset;
  guint64 base;
  gboolean text_is_known; /* what follows has been looked for */
  gpointer text;          /* how its objects write themselves: flatline-library-text */
} FlatlineTypeInfo;

typedef struct _FlatlineTypeCache FlatlineTypeCache;

FlatlineTypeCache *
flatline_type_cache_new (FlatlineTarget *target);
void
flatline_type_cache_free (FlatlineTypeCache *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineTypeCache, flatline_type_cache_free)

/* Borrowed. */
FlatlineTarget *
flatline_type_cache_get_target (FlatlineTypeCache *self);

/* The packages whose classes flatline-library-text knows, as it describes them; they outlive the cache. */
void
flatline_type_cache_set_packages (FlatlineTypeCache *self, gconstpointer packages);
gconstpointer
flatline_type_cache_get_packages (FlatlineTypeCache *self);

/* Notes how the objects of @type, one of the cache's, write themselves. */
void
flatline_type_cache_set_text (FlatlineTypeCache *self, const FlatlineTypeInfo *type, gpointer text);

/* Types may be freed and made anew between captures. */
void
flatline_type_cache_clear (FlatlineTypeCache *self);

/* The type at @address, NULL when it is none; borrowed. */
const FlatlineTypeInfo *
flatline_type_cache_find (FlatlineTypeCache *self, guint64 address);

/* @type itself or the nearest of its bases with this full name; NULL: none of them. */
const FlatlineTypeInfo *
flatline_type_cache_find_base (FlatlineTypeCache *self, const FlatlineTypeInfo *type, const char *full_name);

/* The type of the object at @address. */
const FlatlineTypeInfo *
flatline_type_cache_find_of (FlatlineTypeCache *self, guint64 address);

G_END_DECLS
