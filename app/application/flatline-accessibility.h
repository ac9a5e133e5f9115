/* SPDX-License-Identifier: MIT */
/*
 * Accessibility only where GTK can provide it. GTK finds the accessibility bus by the display as well, but takes its
 * own place there from the session bus. Without one (sudo, ssh -X, a bus that has ended) GTK 4.8 writes a hundred
 * criticals and crashes as the second window closes.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* After @application was registered and GTK started, before the first widget. The environment is put back. */
void
flatline_accessibility_init (GApplication *application);

G_END_DECLS
