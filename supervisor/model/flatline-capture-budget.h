/* SPDX-License-Identifier: MIT */
/* FlatlineCaptureBudget: how much a capture may read and how long it may take. A limit that is hit is reported. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean locals;          /* read variables */
  gboolean locks;           /* search for who holds what */
  gboolean tasks;           /* search for asyncio tasks */
  gboolean native;          /* unwind native frames */
  gboolean native_of_awake; /* of many threads at least those of the main thread and of the ones that do not sleep */
  gboolean pause;           /* stop the threads while reading */
  guint max_pause_ms;       /* then released, and the rest is read without pause */
  guint max_frames;         /* a thread */
  guint max_depth;          /* of values in values */
  guint max_items;          /* shown of one container */
  guint64 first_item;       /* of the value that is read itself: what comes before is passed over */
  guint max_text_bytes;     /* of one value's text */
  gsize max_total_bytes;    /* of all text together */
  guint max_ms;             /* the whole capture */
} FlatlineCaptureBudget;

/* What a freeze uses: locals, no native frames, a pause of up to 50 ms, depth 3, 50 items, 2 KiB a text, 16 MiB, 2 s */
FlatlineCaptureBudget
flatline_capture_budget_default (void);

G_END_DECLS
