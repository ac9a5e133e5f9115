/* SPDX-License-Identifier: MIT */
/* The writers of texts that flatline-library-text chooses from. */
#pragma once

#include "flatline-library-text.h"

G_BEGIN_DECLS

#define FLATLINE_LIBRARY_TEXT(name)                                                                                    \
  void flatline_library_##name (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)

FLATLINE_LIBRARY_TEXT (append_date);
FLATLINE_LIBRARY_TEXT (append_time);
FLATLINE_LIBRARY_TEXT (append_datetime);
FLATLINE_LIBRARY_TEXT (append_timedelta);
FLATLINE_LIBRARY_TEXT (append_timezone);
FLATLINE_LIBRARY_TEXT (append_decimal);
FLATLINE_LIBRARY_TEXT (append_fraction);
FLATLINE_LIBRARY_TEXT (append_uuid);
FLATLINE_LIBRARY_TEXT (append_path);
FLATLINE_LIBRARY_TEXT (append_pattern);
FLATLINE_LIBRARY_TEXT (append_default_dict);
FLATLINE_LIBRARY_TEXT (append_ordered_dict);
FLATLINE_LIBRARY_TEXT (append_counter);
FLATLINE_LIBRARY_TEXT (append_chain_map);
FLATLINE_LIBRARY_TEXT (append_data);
FLATLINE_LIBRARY_TEXT (append_array);
FLATLINE_LIBRARY_TEXT (append_mapping_proxy);
FLATLINE_LIBRARY_TEXT (append_dict_view);
FLATLINE_LIBRARY_TEXT (append_namespace);
FLATLINE_LIBRARY_TEXT (append_partial);
FLATLINE_LIBRARY_TEXT (append_weak_reference);
FLATLINE_LIBRARY_TEXT (append_memory);
FLATLINE_LIBRARY_TEXT (append_descriptor);
FLATLINE_LIBRARY_TEXT (append_code);
FLATLINE_LIBRARY_TEXT (append_cell);
FLATLINE_LIBRARY_TEXT (append_event);
FLATLINE_LIBRARY_TEXT (append_condition);
FLATLINE_LIBRARY_TEXT (append_semaphore);
FLATLINE_LIBRARY_TEXT (append_barrier);
FLATLINE_LIBRARY_TEXT (append_thread);
FLATLINE_LIBRARY_TEXT (append_future);
FLATLINE_LIBRARY_TEXT (append_asyncio_lock);
FLATLINE_LIBRARY_TEXT (append_asyncio_future);
FLATLINE_LIBRARY_TEXT (append_dataclass);
FLATLINE_LIBRARY_TEXT (append_named_tuple);
FLATLINE_LIBRARY_TEXT (append_struct_sequence);
FLATLINE_LIBRARY_TEXT (append_enum_member);
FLATLINE_LIBRARY_TEXT (append_global_member);

#undef FLATLINE_LIBRARY_TEXT

G_END_DECLS
