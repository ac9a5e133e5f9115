/* SPDX-License-Identifier: MIT */
/* Why a program could not be started, or a session not do what it was asked for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FLATLINE_SESSION_ERROR (flatline_session_error_quark ())
GQuark
flatline_session_error_quark (void);

typedef enum
{
  FLATLINE_SESSION_ERROR_USAGE,  /* nothing to run, missing file, folder, no permission, no interpreter, bad shebang */
  FLATLINE_SESSION_ERROR_LAUNCH, /* the system refused */
  FLATLINE_SESSION_ERROR_STATE,  /* not possible in this state */
} FlatlineSessionError;

G_END_DECLS
