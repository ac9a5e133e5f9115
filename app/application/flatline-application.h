/* SPDX-License-Identifier: MIT */
/* FlatlineApplication: one a desktop session; starts sessions, shows them, tells freezes, ends what it started. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_APPLICATION (flatline_application_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineApplication, flatline_application, FLATLINE, APPLICATION, AdwApplication)

FlatlineApplication *
flatline_application_new (void);

/* Of what its own command line asked for, once that is known; 0: it was done. */
int
flatline_application_get_exit_status (FlatlineApplication *self);

G_END_DECLS
