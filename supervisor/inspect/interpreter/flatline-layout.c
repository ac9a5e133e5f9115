/* SPDX-License-Identifier: MIT */
/* The tables of CPython's layouts, and what an interpreter publishes about itself checked against them. */
#include "flatline-layout.h"

#include "flatline-inspect-error.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "layouts/cpython-3.9.h"
#include "layouts/cpython-3.10.h"
#include "layouts/cpython-3.11.h"
#include "layouts/cpython-3.12.h"
#include "layouts/cpython-3.13.h"
#include "layouts/cpython-3.13t.h"
#include "layouts/cpython-3.14.h"
#include "layouts/cpython-3.14t.h"
#include "layouts/cpython-3.15.h"
#include "layouts/cpython-3.15t.h"

#define COOKIE "xdebugpy"

static const FlatlineLayout *const layouts[] = {
  &layout_3_9,  &layout_3_10, &layout_3_11,  &layout_3_12,  &layout_3_13,
  &layout_3_14, &layout_3_15, &layout_3_13t, &layout_3_14t, &layout_3_15t,
};

const FlatlineLayout *const *
flatline_layout_list (guint *n_layouts)
{
  *n_layouts = G_N_ELEMENTS (layouts);
  return layouts;
}

const FlatlineLayout *
flatline_layout_find (guint32 version, gboolean free_threaded)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      if (layouts[i]->version == version && !layouts[i]->free_threaded == !free_threaded)
        return layouts[i];
    }
  return NULL;
}

/* Offsets inside an interpreter state can be large; nothing else of CPython's is. */
static gboolean
offset_is_plausible (guint64 offset)
{
  return offset < 16 * 1024 * 1024;
}

/* What is published must lie within what is published of its struct's size. */
static gboolean
fields_fit (const FlatlineLayout *layout)
{
#define INSIDE(field, size)                                                                                            \
  {                                                                                                                    \
    G_STRUCT_OFFSET (FlatlineLayout, field), G_STRUCT_OFFSET (FlatlineLayout, size)                                    \
  }
  static const struct
  {
    guint16 field, size;
  } fields[] = {
    INSIDE (runtime_interpreters_head, runtime_size),
    INSIDE (runtime_finalizing, runtime_size),
    INSIDE (interp_next, interp_size),
    INSIDE (interp_id, interp_size),
    INSIDE (interp_threads_head, interp_size),
    INSIDE (interp_modules, interp_size),
    INSIDE (interp_gil, interp_size),
    INSIDE (interp_gc, interp_size),
    INSIDE (thread_prev, thread_size),
    INSIDE (thread_next, thread_size),
    INSIDE (thread_interp, thread_size),
    INSIDE (thread_id, thread_size),
    INSIDE (thread_native_id, thread_size),
    INSIDE (thread_frame, thread_size),
    INSIDE (thread_exc_info, thread_size),
    INSIDE (frame_previous, frame_size),
    INSIDE (frame_code, frame_size),
    INSIDE (frame_instr, frame_size),
    INSIDE (frame_owner, frame_size),
    INSIDE (code_filename, code_size),
    INSIDE (code_name, code_size),
    INSIDE (code_linetable, code_size),
    INSIDE (code_firstlineno, code_size),
    INSIDE (code_localsplusnames, code_size),
    INSIDE (code_localspluskinds, code_size),
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (G_STRUCT_MEMBER (gint32, layout, fields[i].field) >= G_STRUCT_MEMBER (gint32, layout, fields[i].size))
      return FALSE;
  return TRUE;
}

gboolean
flatline_layout_apply_published (FlatlineLayout *layout, const guint8 *blob, gsize length, GError **error)
{
  FlatlineLayout changed = *layout;
  guint64 version;

  if (layout->published_size == 0)
    return TRUE;
  if (length < (gsize)layout->published_size || memcmp (blob, COOKIE, strlen (COOKIE)) != 0)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
                   _ ("The interpreter’s published offsets do not begin with “%s”"), COOKIE);
      return FALSE;
    }
  memcpy (&version, blob + strlen (COOKIE), sizeof version);
  if (version >> 16 != layout->version)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
                   _ ("The interpreter publishes offsets of version 0x%" PRIx64 ", not of 0x%04x"), version,
                   layout->version);
      return FALSE;
    }
  for (gint32 i = 0; i < layout->n_published; i++)
    {
      const FlatlinePublishedField *field = &layout->published[i];
      guint64 offset;

      memcpy (&offset, blob + field->published_offset, sizeof offset);
      if (!offset_is_plausible (offset))
        {
          g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
                       _ ("The interpreter publishes an impossible offset (0x%" PRIx64 ")"), offset);
          return FALSE;
        }
      G_STRUCT_MEMBER (gint32, &changed, field->layout_offset) = (gint32)offset;
    }
  if (!fields_fit (&changed))
    {
      g_set_error_literal (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON,
                           _ ("The interpreter publishes fields outside of their structs"));
      return FALSE;
    }
  *layout = changed;
  return TRUE;
}
