/* SPDX-License-Identifier: MIT */
#include "flatline-target.h"

void
flatline_target_free (FlatlineTarget *self)
{
  g_clear_pointer (&self->memory, flatline_memory_free);
  g_free (self->version);
  g_free (self->module);
  g_free (self);
}
