/* SPDX-License-Identifier: MIT */
/* PyGenObject: Include/cpython/genobject.h; the states of a frame: Include/internal/pycore_frame.h. */
#include "flatline-generators.h"

gboolean
flatline_generator_read_frame (FlatlineTarget *target, guint64 generator, FlatlineFrameState *frame)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 address = generator + layout->generator_frame, previous;
  gint8 state = 0;

  if (layout->frame_is_object)
    flatline_memory_read_u64 (target->memory, address, &address);
  else if (!flatline_memory_read (target->memory, generator + layout->generator_frame_state, &state, 1)
           || state >= layout->generator_completed)
    return FALSE;
  return address != 0 && flatline_frame_state_read (target, address, frame, &previous) && frame->code != 0;
}

guint64
flatline_generator_read_code (FlatlineTarget *target, guint64 generator)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 code = 0;

  flatline_memory_read_u64 (target->memory,
                            layout->generator_code >= 0 ? generator + layout->generator_code
                                                        : generator + layout->generator_frame + layout->frame_code,
                            &code);
  return flatline_untag (code);
}

/* Up to 3.10 the frame object knows, or the generator itself. */
static gboolean
is_running_before_3_11 (FlatlineTarget *target, guint64 generator, const FlatlineFrameState *frame)
{
  const FlatlineLayout *layout = &target->layout;
  gint8 state = 0;

  if (layout->version >= 0x030a)
    return flatline_memory_read (target->memory, frame->address + (guint64)layout->frame_n_blocks + 4, &state, 1)
           && state == 0;
  return flatline_memory_read (target->memory, generator + (guint64)layout->generator_frame + 8, &state, 1) && state;
}

const char *
flatline_generator_read_state (FlatlineTarget *target, guint64 generator)
{
  const FlatlineLayout *layout = &target->layout;
  const gint8 created = layout->version >= 0x030f ? 0 : layout->version >= 0x030d ? -3 : -2;
  const gint8 executing = layout->version >= 0x030f ? 4 : 0;
  FlatlineFrameState frame;
  gint8 state = 0;

  if (!flatline_generator_read_frame (target, generator, &frame))
    return "closed";
  if (layout->frame_is_object)
    return is_running_before_3_11 (target, generator, &frame) ? "running" : frame.offset < 0 ? "created" : "suspended";
  flatline_memory_read (target->memory, generator + (guint64)layout->generator_frame_state, &state, 1);
  return state == executing ? "running" : state == created ? "created" : "suspended";
}
