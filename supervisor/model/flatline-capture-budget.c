/* SPDX-License-Identifier: MIT */
/* The default budget of a capture, in one place. */
#include "flatline-capture-budget.h"

FlatlineCaptureBudget
flatline_capture_budget_default (void)
{
  return (FlatlineCaptureBudget){
    .locals = TRUE,
    .locks = TRUE,
    .tasks = TRUE,
    .native = FALSE,
    .pause = TRUE,
    .max_pause_ms = 50,
    .max_frames = 10000,
    .max_depth = 3,
    .max_items = 50,
    .max_text_bytes = 2048,
    .max_total_bytes = 16 * 1024 * 1024,
    .max_ms = 2000,
  };
}
