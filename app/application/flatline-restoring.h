/* SPDX-License-Identifier: MIT */
/* What was open when Flatline was closed comes back, in as many windows, in its order. */
#pragma once

#include "flatline-application.h"

G_BEGIN_DECLS

/* Unless the settings say otherwise. The first tabs come into the window that is there. */
void
flatline_restoring_begin (FlatlineApplication *application);

/* The tab that was closed last, in the window that is used; nothing, when none was. */
void
flatline_restoring_reopen (FlatlineApplication *application);

G_END_DECLS
