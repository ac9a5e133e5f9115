/* SPDX-License-Identifier: MIT */
/* The frame that shows best what a verdict speaks of. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* NULL: none does. Borrowed from @snapshot. */
FlatlineFrame *
flatline_stack_reference_find_frame (FlatlineSnapshot *snapshot, FlatlineReference *reference);

G_END_DECLS
