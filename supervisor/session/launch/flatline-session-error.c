/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-session-error.h"

G_DEFINE_QUARK (flatline - session - error - quark, flatline_session_error)
