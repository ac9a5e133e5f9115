/* SPDX-License-Identifier: MIT */
/* FlatlineSample: two arrays, used again from look to look. Filled by flatline_inspector_sample(). */
#include "flatline-sample.h"

#include "flatline-code.h"

FlatlineSample *
flatline_sample_new (void)
{
  FlatlineSample *self = g_new0 (FlatlineSample, 1);

  self->threads = g_array_new (FALSE, FALSE, sizeof (FlatlineThreadSample));
  self->calls = g_ptr_array_new ();
  return self;
}

void
flatline_sample_free (FlatlineSample *self)
{
  g_array_unref (self->threads);
  g_ptr_array_unref (self->calls);
  g_clear_pointer (&self->places, flatline_code_cache_unref);
  g_free (self);
}

void
flatline_sample_keep_places (FlatlineSample *self, FlatlineCodeCache *places)
{
  if (self->places == places)
    return;
  g_clear_pointer (&self->places, flatline_code_cache_unref);
  self->places = flatline_code_cache_ref (places);
}

const FlatlineCallPlace *const *
flatline_sample_get_calls (const FlatlineSample *self, const FlatlineThreadSample *thread)
{
  return (const FlatlineCallPlace *const *)self->calls->pdata + thread->first;
}
