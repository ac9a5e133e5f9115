/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM, SIGINT and SIGHUP to the window: what logs out, shuts down or wants the terminal back. The first ends the
 * application as Quit does, but asks no person. Who sends a second one waits for no program any more and for no store:
 * programs are killed and the signal does what it always does.
 */
#pragma once

#include "flatline-session-keeper.h"

G_BEGIN_DECLS

typedef struct _FlatlineEndingSignals FlatlineEndingSignals;

/* Both borrowed: they outlive this. */
FlatlineEndingSignals *
flatline_ending_signals_new (GApplication *application, FlatlineSessionKeeper *keeper);

/* From here on a signal ends the process at once. */
void
flatline_ending_signals_free (FlatlineEndingSignals *self);

G_END_DECLS
