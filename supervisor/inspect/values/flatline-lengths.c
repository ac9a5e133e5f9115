/* SPDX-License-Identifier: MIT */
/* len() of an object from outside, by its family: what the window shows as its size. */
#include "flatline-lengths.h"

#include "flatline-dicts.h"
#include "flatline-sequences.h"
#include "flatline-sets.h"
#include "flatline-strings.h"

gint64
flatline_object_read_length (FlatlineTarget *target, guint64 address, const FlatlineTypeInfo *type)
{
  FlatlineStringView view;

  switch (type->family)
    {
    case FLATLINE_FAMILY_STR:
      return flatline_string_view (target, address, &view) ? view.length : -1;
    case FLATLINE_FAMILY_BYTES:
    case FLATLINE_FAMILY_BYTEARRAY:
      return flatline_object_read_size (target, address);
    case FLATLINE_FAMILY_DICT:
      return flatline_dict_read_size (target, address);
    case FLATLINE_FAMILY_SET:
    case FLATLINE_FAMILY_FROZENSET:
      return flatline_set_read_size (target, address);
    default:
      return flatline_sequence_read_size (target, address, type);
    }
}

gboolean
flatline_object_has_attributes (const FlatlineTypeInfo *type)
{
  switch (type->family)
    {
    case FLATLINE_FAMILY_INSTANCE:
    case FLATLINE_FAMILY_EXCEPTION:
      return TRUE;
    case FLATLINE_FAMILY_MODULE:
    case FLATLINE_FAMILY_TYPE:
    case FLATLINE_FAMILY_FUNCTION:
      return FALSE;
    default:
      return !type->is_exact;
    }
}

gboolean
flatline_object_may_hold (const FlatlineTypeInfo *type, gint64 size)
{
  switch (type->family)
    {
    case FLATLINE_FAMILY_LIST:
    case FLATLINE_FAMILY_TUPLE:
    case FLATLINE_FAMILY_DEQUE:
    case FLATLINE_FAMILY_DICT:
    case FLATLINE_FAMILY_SET:
    case FLATLINE_FAMILY_FROZENSET:
      return size > 0 || !type->is_exact;
    case FLATLINE_FAMILY_GENERATOR:
      return TRUE;
    default:
      return flatline_object_has_attributes (type);
    }
}
