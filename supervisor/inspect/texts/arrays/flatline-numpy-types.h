/* SPDX-License-Identifier: MIT */
/* numpy's dtypes: of what the items of an array, or a scalar, are. Internal to the readers of numpy. */
#pragma once

#include "flatline-numpy-numbers.h"
#include "flatline-object-text.h"

G_BEGIN_DECLS

/* numpy 2 says of which type a scalar is, 2.3 when its digits are not sure, 2.4 the unit of no time at all. */
typedef enum
{
  FLATLINE_NUMPY_1,
  FLATLINE_NUMPY_2,
  FLATLINE_NUMPY_2_3,
  FLATLINE_NUMPY_2_4,
} FlatlineNumpyRelease;

#define FLATLINE_NUMPY_MAX_DIMENSIONS 64

/* Type numbers (enum NPY_TYPES) of what is no number. */
enum
{
  FLATLINE_NUMPY_OBJECT = 17,
  FLATLINE_NUMPY_BYTES,
  FLATLINE_NUMPY_STR,
  FLATLINE_NUMPY_VOID,
  FLATLINE_NUMPY_DATETIME,
  FLATLINE_NUMPY_TIMEDELTA,
  FLATLINE_NUMPY_TEXT = 2056, /* of any length, numpy 2: StringDType */
};

typedef struct
{
  const char *name;
  FlatlineNumpyKind kind;
  guint width; /* 0: not a number */
} FlatlineNumpyNumber;

typedef struct
{
  const FlatlineNumpyNumber *kind;
  int number;
  char letter;     /* 'f' */
  char byte_order; /* '<', '>', '=' or '|' */
  gint64 item_size;
  guint64 fields, names; /* of a structure: dict of (dtype, offset), tuple; else 0 */
  guint64 base, shape;   /* of an array in a structure: dtype, tuple of lengths; else 0 */
  const char *unit;      /* of moments: "ns", "" none */
  gint32 n_units;        /* how many of them are one */
  guint64 allocator;     /* of texts of any length: where those lie that are long */
  guint64 nothing;       /* the object that stands for no text; 0 none */
  gboolean is_strict;    /* it takes nothing but texts */
} FlatlineNumpyType;

/* The type number of numpy.@name, -1: it is no scalar of numpy's. */
int
flatline_numpy_find_number (const char *name);

/* What a type number stands for, NULL nothing known. */
const FlatlineNumpyNumber *
flatline_numpy_get_number (int number);

/* "float64", as a dtype of this number is called: by its width. */
const char *
flatline_numpy_get_width_name (int number);

/* "ns", by the number of the unit. */
const char *
flatline_numpy_get_unit (gint32 number);

/* FALSE: the dtype at @address is none that is known. */
gboolean
flatline_numpy_type_read (FlatlineTextWriter *self,
                          guint64 address,
                          FlatlineNumpyRelease release,
                          FlatlineNumpyType *type);

/* The field at @index of a structure: its name and where it is in the item. Transfer full, NULL: there are no more. */
char *
flatline_numpy_type_dup_field (
    FlatlineTextWriter *self, const FlatlineNumpyType *type, guint index, guint64 *field_type, gint64 *offset);

/* The lengths of an array in a structure, at most FLATLINE_NUMPY_MAX_DIMENSIONS; how many there are, -1 when too many.
 */
int
flatline_numpy_type_read_shape (FlatlineTextWriter *self, const FlatlineNumpyType *type, guint64 *lengths);

/* "int32", "'S3'", "[('x', '<f8')]" */
void
flatline_numpy_type_append (FlatlineTextWriter *self,
                            GString *text,
                            const FlatlineNumpyType *type,
                            FlatlineNumpyRelease release);

/* As numpy writes the dtype of an array that is no number: "dtype('<M8[D]')". */
void
flatline_numpy_type_append_repr (FlatlineTextWriter *self,
                                 GString *text,
                                 const FlatlineNumpyType *type,
                                 FlatlineNumpyRelease release);

G_END_DECLS
