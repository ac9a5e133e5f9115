/* SPDX-License-Identifier: MIT */
/* The tabs that were closed since the start, of all windows: the one closed last comes back first. */
#pragma once

#include "flatline-open-tab.h"

G_BEGIN_DECLS

/* Takes @tab. */
void
flatline_closed_tabs_push (FlatlineOpenTab *tab);

/* NULL: none is left. Transfer full. */
FlatlineOpenTab *
flatline_closed_tabs_pop (void);

G_END_DECLS
