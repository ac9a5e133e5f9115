/* SPDX-License-Identifier: MIT */
/* Turns of the main loop until a condition holds; a test fails when it has not within a minute. */
#pragma once

#include <glib.h>

#define WAIT_FOR_US (60 * G_USEC_PER_SEC)

#define WAIT_FOR(condition)                                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    const gint64 deadline_us = g_get_monotonic_time () + WAIT_FOR_US;                                                  \
    while (!(condition) && g_get_monotonic_time () < deadline_us)                                                      \
      if (!g_main_context_iteration (NULL, FALSE))                                                                     \
        g_usleep (500);                                                                                                \
    g_assert_true (condition);                                                                                         \
  }                                                                                                                    \
  G_STMT_END
