/* SPDX-License-Identifier: MIT */
/*
 * The text of objects whose classes write themselves: those of the standard library, and what dataclass, namedtuple
 * and Enum made. Internal to the object reader.
 */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

typedef void (*FlatlineLibraryTextFunc) (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type);

/* A package whose classes are known beside those of the standard library. */
typedef struct
{
  const char *prefix; /* of the full names of its classes: "numpy."; NULL after the last */
  FlatlineLibraryTextFunc (*find) (FlatlineTypeCache *types, const char *name);
} FlatlineTextPackage;

/*
 * How objects of @type are written, NULL when it is no class known here or a class of the program writes itself. The
 * answer is kept with the type.
 */
FlatlineLibraryTextFunc
flatline_library_text_find (FlatlineTypeCache *types, const FlatlineTypeInfo *type);

/* Whether what is in objects of @type is told by their text only, which leaves a password out. */
gboolean
flatline_library_text_is_reserved (FlatlineTypeCache *types, const FlatlineTypeInfo *type);

/* Whether Python notices there that an object is met within itself, and what it writes then. */
gboolean
flatline_library_text_is_guarded (FlatlineLibraryTextFunc append);
void
flatline_library_text_append_cycle (GString *text, const FlatlineTypeInfo *type, FlatlineLibraryTextFunc append);

G_END_DECLS
