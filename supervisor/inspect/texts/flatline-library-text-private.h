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
FLATLINE_LIBRARY_TEXT (append_uuid);
FLATLINE_LIBRARY_TEXT (append_path);
FLATLINE_LIBRARY_TEXT (append_pattern);
FLATLINE_LIBRARY_TEXT (append_default_dict);
FLATLINE_LIBRARY_TEXT (append_ordered_dict);
FLATLINE_LIBRARY_TEXT (append_counter);
FLATLINE_LIBRARY_TEXT (append_chain_map);
FLATLINE_LIBRARY_TEXT (append_array);
FLATLINE_LIBRARY_TEXT (append_mapping_proxy);
FLATLINE_LIBRARY_TEXT (append_frozen_dict);
FLATLINE_LIBRARY_TEXT (append_dict_view);
FLATLINE_LIBRARY_TEXT (append_namespace);
FLATLINE_LIBRARY_TEXT (append_partial);
FLATLINE_LIBRARY_TEXT (append_field_getter);
FLATLINE_LIBRARY_TEXT (append_thread_handle);
FLATLINE_LIBRARY_TEXT (append_kept_warnings);
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
FLATLINE_LIBRARY_TEXT (append_match);
FLATLINE_LIBRARY_TEXT (append_zone);
FLATLINE_LIBRARY_TEXT (append_wrapped_method);
FLATLINE_LIBRARY_TEXT (append_method_wrapper);
FLATLINE_LIBRARY_TEXT (append_super);
FLATLINE_LIBRARY_TEXT (append_getter);
FLATLINE_LIBRARY_TEXT (append_attribute_getter);
FLATLINE_LIBRARY_TEXT (append_directory_entry);
FLATLINE_LIBRARY_TEXT (append_argument_namespace);
FLATLINE_LIBRARY_TEXT (append_count);
FLATLINE_LIBRARY_TEXT (append_repeat);
FLATLINE_LIBRARY_TEXT (append_context_variable);
FLATLINE_LIBRARY_TEXT (append_context_token);
FLATLINE_LIBRARY_TEXT (append_frame);
FLATLINE_LIBRARY_TEXT (append_asyncio_barrier);
FLATLINE_LIBRARY_TEXT (append_asyncio_queue);
FLATLINE_LIBRARY_TEXT (append_asyncio_handle);
FLATLINE_LIBRARY_TEXT (append_event_loop);
FLATLINE_LIBRARY_TEXT (append_task_group);
FLATLINE_LIBRARY_TEXT (append_asyncio_timeout);
FLATLINE_LIBRARY_TEXT (append_text_file);
FLATLINE_LIBRARY_TEXT (append_buffered_file);
FLATLINE_LIBRARY_TEXT (append_raw_file);
FLATLINE_LIBRARY_TEXT (append_temporary_file);
FLATLINE_LIBRARY_TEXT (append_socket);
FLATLINE_LIBRARY_TEXT (append_child);
FLATLINE_LIBRARY_TEXT (append_completed_child);
FLATLINE_LIBRARY_TEXT (append_ip_address);
FLATLINE_LIBRARY_TEXT (append_c_value);
FLATLINE_LIBRARY_TEXT (append_generic_alias);
FLATLINE_LIBRARY_TEXT (append_union);
FLATLINE_LIBRARY_TEXT (append_typing_alias);
FLATLINE_LIBRARY_TEXT (append_typing_form);
FLATLINE_LIBRARY_TEXT (append_logger);
FLATLINE_LIBRARY_TEXT (append_handler);
FLATLINE_LIBRARY_TEXT (append_log_record);
FLATLINE_LIBRARY_TEXT (append_template);
FLATLINE_LIBRARY_TEXT (append_callable_alias);
FLATLINE_LIBRARY_TEXT (append_process_lock);
FLATLINE_LIBRARY_TEXT (append_process_semaphore);
FLATLINE_LIBRARY_TEXT (append_process_condition);
FLATLINE_LIBRARY_TEXT (append_process_event);
FLATLINE_LIBRARY_TEXT (append_process);
FLATLINE_LIBRARY_TEXT (append_attrs);
FLATLINE_LIBRARY_TEXT (append_parameter);
FLATLINE_LIBRARY_TEXT (append_signature);
FLATLINE_LIBRARY_TEXT (append_bound_arguments);
FLATLINE_LIBRARY_TEXT (append_mock);
FLATLINE_LIBRARY_TEXT (append_mock_call);
FLATLINE_LIBRARY_TEXT (append_digest);
FLATLINE_LIBRARY_TEXT (append_partial_method);
FLATLINE_LIBRARY_TEXT (append_method_caller);
FLATLINE_LIBRARY_TEXT (append_decimal_context);
FLATLINE_LIBRARY_TEXT (append_packed_format);
FLATLINE_LIBRARY_TEXT (append_parameter_part);
FLATLINE_LIBRARY_TEXT (append_unpacked);
FLATLINE_LIBRARY_TEXT (append_first_name);
FLATLINE_LIBRARY_TEXT (append_initial);
FLATLINE_LIBRARY_TEXT (append_forward_reference);
FLATLINE_LIBRARY_TEXT (append_weak_proxy);
FLATLINE_LIBRARY_TEXT (append_capsule);
FLATLINE_LIBRARY_TEXT (append_listed);
FLATLINE_LIBRARY_TEXT (append_zip_member);
FLATLINE_LIBRARY_TEXT (append_document_text);
FLATLINE_LIBRARY_TEXT (append_template_string);
FLATLINE_LIBRARY_TEXT (append_interpolation);
FLATLINE_LIBRARY_TEXT (append_model);
FLATLINE_LIBRARY_TEXT (append_stream_reader);
FLATLINE_LIBRARY_TEXT (append_stream_writer);
FLATLINE_LIBRARY_TEXT (append_transport);
FLATLINE_LIBRARY_TEXT (append_transport_socket);
FLATLINE_LIBRARY_TEXT (append_server);
FLATLINE_LIBRARY_TEXT (append_mapped_file);
FLATLINE_LIBRARY_TEXT (append_gzip_file);
FLATLINE_LIBRARY_TEXT (append_zip_file);
FLATLINE_LIBRARY_TEXT (append_element);
FLATLINE_LIBRARY_TEXT (append_module_spec);
FLATLINE_LIBRARY_TEXT (append_type_variable);
FLATLINE_LIBRARY_TEXT (append_compiled_function);
FLATLINE_LIBRARY_TEXT (append_struct);
FLATLINE_LIBRARY_TEXT (append_row);
FLATLINE_LIBRARY_TEXT (append_yarl);
FLATLINE_LIBRARY_TEXT (append_multidict);
FLATLINE_LIBRARY_TEXT (append_httpx_url);
FLATLINE_LIBRARY_TEXT (append_httpx_request);
FLATLINE_LIBRARY_TEXT (append_database_url);
FLATLINE_LIBRARY_TEXT (append_headers);
FLATLINE_LIBRARY_TEXT (append_lxml_element);
FLATLINE_LIBRARY_TEXT (append_relative_time);
FLATLINE_LIBRARY_TEXT (append_weekday);

#undef FLATLINE_LIBRARY_TEXT

/* What a SimpleNamespace, or one of a class made of it, calls itself. */
const char *
flatline_library_get_namespace_name (const FlatlineTypeInfo *type);

/* A socket under the name of the class that shows it. */
void
flatline_text_append_socket (
    FlatlineTextWriter *self, GString *text, guint64 address, const char *name, const char *state);

/* Whether there is a template for objects of this class. */
gboolean
flatline_template_text_exists (const char *type);

G_END_DECLS
