/* SPDX-License-Identifier: MIT */
/*
 * Python asks the first class of the MRO that has a __repr__; so does this. That function is known by its class, or for
 * classes made by a decorator or a metaclass by the file it was compiled from.
 */
#include "flatline-library-text-private.h"

#include "flatline-attributes.h"
#include "flatline-code-text.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_MRO       64
#define FLAG_HEAPTYPE (G_GUINT64_CONSTANT (1) << 9)

static const struct
{
  const char *name;
  FlatlineLibraryTextFunc append;
} writers[] = {
  { "datetime.date", flatline_library_append_date },
  { "datetime.time", flatline_library_append_time },
  { "datetime.datetime", flatline_library_append_datetime },
  { "datetime.timedelta", flatline_library_append_timedelta },
  { "datetime.timezone", flatline_library_append_timezone },
  { "decimal.Decimal", flatline_library_append_decimal },
  { "uuid.UUID", flatline_library_append_uuid },
  { "pathlib.PurePath", flatline_library_append_path },
  { "pathlib._local.PurePath", flatline_library_append_path },
  { "re.Pattern", flatline_library_append_pattern },
  { "collections.defaultdict", flatline_library_append_default_dict },
  { "collections.OrderedDict", flatline_library_append_ordered_dict },
  { "collections.Counter", flatline_library_append_counter },
  { "collections.ChainMap", flatline_library_append_chain_map },
  { "array.array", flatline_library_append_array },
  { "mappingproxy", flatline_library_append_mapping_proxy },
  { "frozendict", flatline_library_append_frozen_dict },
  { "dict_keys", flatline_library_append_dict_view },
  { "dict_values", flatline_library_append_dict_view },
  { "dict_items", flatline_library_append_dict_view },
  { "odict_keys", flatline_library_append_dict_view },
  { "odict_values", flatline_library_append_dict_view },
  { "odict_items", flatline_library_append_dict_view },
  { "types.SimpleNamespace", flatline_library_append_namespace },
  { "functools.partial", flatline_library_append_partial },
  { "weakref", flatline_library_append_weak_reference },
  { "weakref.ReferenceType", flatline_library_append_weak_reference },
  { "memoryview", flatline_library_append_memory },
  { "method_descriptor", flatline_library_append_descriptor },
  { "classmethod_descriptor", flatline_library_append_descriptor },
  { "wrapper_descriptor", flatline_library_append_descriptor },
  { "getset_descriptor", flatline_library_append_descriptor },
  { "member_descriptor", flatline_library_append_descriptor },
  { "code", flatline_library_append_code },
  { "cell", flatline_library_append_cell },
  { "threading.Event", flatline_library_append_event },
  { "threading.Condition", flatline_library_append_condition },
  { "threading.Semaphore", flatline_library_append_semaphore },
  { "threading.BoundedSemaphore", flatline_library_append_semaphore },
  { "threading.Barrier", flatline_library_append_barrier },
  { "threading.Thread", flatline_library_append_thread },
  { "concurrent.futures._base.Future", flatline_library_append_future },
  { "_asyncio.Future", flatline_library_append_asyncio_future },
  { "_asyncio.Task", flatline_library_append_asyncio_future },
  { "asyncio.locks.Event", flatline_library_append_asyncio_lock },
  { "asyncio.locks.Lock", flatline_library_append_asyncio_lock },
  { "asyncio.locks.Condition", flatline_library_append_asyncio_lock },
  { "asyncio.locks.Semaphore", flatline_library_append_asyncio_lock },
  { "re.Match", flatline_library_append_match },
  { "zoneinfo.ZoneInfo", flatline_library_append_zone },
  { "_io.TextIOWrapper", flatline_library_append_text_file },
  { "_io.BufferedReader", flatline_library_append_buffered_file },
  { "_io.BufferedWriter", flatline_library_append_buffered_file },
  { "_io.BufferedRandom", flatline_library_append_buffered_file },
  { "_io.FileIO", flatline_library_append_raw_file },
  { "tempfile._TemporaryFileWrapper", flatline_library_append_temporary_file },
  { "socket.socket", flatline_library_append_socket },
  { "subprocess.Popen", flatline_library_append_child },
  { "subprocess.CompletedProcess", flatline_library_append_completed_child },
  { "ipaddress._BaseAddress", flatline_library_append_ip_address },
  { "ipaddress._BaseNetwork", flatline_library_append_ip_address },
  { "ipaddress._IPAddressBase", flatline_library_append_ip_address },
  { "_ctypes._SimpleCData", flatline_library_append_c_value },
  { "ctypes.c_char_p", flatline_library_append_c_value },
  { "ctypes.c_wchar_p", flatline_library_append_c_value },
  { "ctypes.py_object", flatline_library_append_c_value },
  { "types.GenericAlias", flatline_library_append_generic_alias },
  { "types.UnionType", flatline_library_append_union },
  { "typing.Union", flatline_library_append_union },
  { "typing._GenericAlias", flatline_library_append_typing_alias },
  { "typing._UnionGenericAlias", flatline_library_append_typing_alias },
  { "typing._CallableGenericAlias", flatline_library_append_typing_alias },
  { "typing._LiteralGenericAlias", flatline_library_append_typing_alias },
  { "typing._AnnotatedAlias", flatline_library_append_typing_alias },
  { "typing._SpecialForm", flatline_library_append_typing_form },
  { "typing._SpecialGenericAlias", flatline_library_append_typing_form },
  { "typing._BaseGenericAlias", flatline_library_append_typing_form },
  { "collections.abc._CallableGenericAlias", flatline_library_append_callable_alias },
  { "multiprocessing.synchronize.Lock", flatline_library_append_process_lock },
  { "multiprocessing.synchronize.RLock", flatline_library_append_process_lock },
  { "multiprocessing.synchronize.Semaphore", flatline_library_append_process_semaphore },
  { "multiprocessing.synchronize.BoundedSemaphore", flatline_library_append_process_semaphore },
  { "multiprocessing.synchronize.Condition", flatline_library_append_process_condition },
  { "multiprocessing.synchronize.Event", flatline_library_append_process_event },
  { "multiprocessing.process.BaseProcess", flatline_library_append_process },
  { "classmethod", flatline_library_append_wrapped_method },
  { "staticmethod", flatline_library_append_wrapped_method },
  { "method-wrapper", flatline_library_append_method_wrapper },
  { "super", flatline_library_append_super },
  { "operator.itemgetter", flatline_library_append_getter },
  { "operator.attrgetter", flatline_library_append_attribute_getter },
  { "collections._tuplegetter", flatline_library_append_field_getter },
  { "_collections._tuplegetter", flatline_library_append_field_getter },
  { "_thread._ThreadHandle", flatline_library_append_thread_handle },
  { "warnings.catch_warnings", flatline_library_append_kept_warnings },
  { "_py_warnings.catch_warnings", flatline_library_append_kept_warnings },
  { "itertools.count", flatline_library_append_count },
  { "itertools.repeat", flatline_library_append_repeat },
  { "ContextVar", flatline_library_append_context_variable },
  { "_contextvars.ContextVar", flatline_library_append_context_variable },
  { "Token", flatline_library_append_context_token },
  { "_contextvars.Token", flatline_library_append_context_token },
  { "frame", flatline_library_append_frame },
  { "argparse._AttributeHolder", flatline_library_append_argument_namespace },
  { "posix.DirEntry", flatline_library_append_directory_entry },
  { "logging.Logger", flatline_library_append_logger },
  { "logging.LoggerAdapter", flatline_library_append_logger },
  { "logging.Handler", flatline_library_append_handler },
  { "logging.StreamHandler", flatline_library_append_handler },
  { "logging.FileHandler", flatline_library_append_handler },
  { "logging.LogRecord", flatline_library_append_log_record },
  { "asyncio.locks.Barrier", flatline_library_append_asyncio_barrier },
  { "asyncio.queues.Queue", flatline_library_append_asyncio_queue },
  { "asyncio.events.Handle", flatline_library_append_asyncio_handle },
  { "asyncio.events.TimerHandle", flatline_library_append_asyncio_handle },
  { "asyncio.base_events.BaseEventLoop", flatline_library_append_event_loop },
  { "asyncio.taskgroups.TaskGroup", flatline_library_append_task_group },
  { "asyncio.timeouts.Timeout", flatline_library_append_asyncio_timeout },
  { "asyncio.streams.StreamReader", flatline_library_append_stream_reader },
  { "asyncio.streams.StreamWriter", flatline_library_append_stream_writer },
  { "asyncio.selector_events._SelectorTransport", flatline_library_append_transport },
  { "asyncio.trsock.TransportSocket", flatline_library_append_transport_socket },
  { "asyncio.base_events.Server", flatline_library_append_server },
  { "mmap.mmap", flatline_library_append_mapped_file },
  { "gzip.GzipFile", flatline_library_append_gzip_file },
  { "zipfile.ZipFile", flatline_library_append_zip_file },
  { "xml.etree.ElementTree.Element", flatline_library_append_element },
  { "_frozen_importlib.ModuleSpec", flatline_library_append_module_spec },
  { "importlib._bootstrap.ModuleSpec", flatline_library_append_module_spec },
  { "typing.TypeVar", flatline_library_append_type_variable },
  { "typing.ParamSpec", flatline_library_append_type_variable },
  { "typing._TypeVarLike", flatline_library_append_type_variable },
  { "typing._BoundVarianceMixin", flatline_library_append_type_variable },
  { "typing.TypeVarTuple", flatline_library_append_type_variable },
  { "inspect.Parameter", flatline_library_append_parameter },
  { "inspect.Signature", flatline_library_append_signature },
  { "inspect.BoundArguments", flatline_library_append_bound_arguments },
  { "unittest.mock.NonCallableMock", flatline_library_append_mock },
  { "unittest.mock._Call", flatline_library_append_mock_call },
  { "_hashlib.HASH", flatline_library_append_digest },
  { "_hashlib.HASHXOF", flatline_library_append_digest },
  { "_hashlib.HMAC", flatline_library_append_digest },
  { "functools.partialmethod", flatline_library_append_partial_method },
  { "operator.methodcaller", flatline_library_append_method_caller },
  { "decimal.Context", flatline_library_append_decimal_context },
  { "_struct.Struct", flatline_library_append_packed_format },
  { "typing.ParamSpecArgs", flatline_library_append_parameter_part },
  { "typing.ParamSpecKwargs", flatline_library_append_parameter_part },
  { "typing._UnpackGenericAlias", flatline_library_append_unpacked },
  { "typing.TypeAliasType", flatline_library_append_first_name },
  { "sentinel", flatline_library_append_first_name },
  { "dataclasses.InitVar", flatline_library_append_initial },
  { "typing.ForwardRef", flatline_library_append_forward_reference },
  { "annotationlib.ForwardRef", flatline_library_append_forward_reference },
  { "weakref.ProxyType", flatline_library_append_weak_proxy },
  { "weakref.CallableProxyType", flatline_library_append_weak_proxy },
  { "weakproxy", flatline_library_append_weak_proxy },
  { "weakcallableproxy", flatline_library_append_weak_proxy },
  { "PyCapsule", flatline_library_append_capsule },
  { "dataclasses.Field", flatline_library_append_listed },
  { "dataclasses._DataclassParams", flatline_library_append_listed },
  { "zipfile.ZipInfo", flatline_library_append_zip_member },
  { "xml.dom.minidom.CharacterData", flatline_library_append_document_text },
  { "string.templatelib.Template", flatline_library_append_template_string },
  { "string.templatelib.Interpolation", flatline_library_append_interpolation },
  { "pydantic.main.BaseModel", flatline_library_append_model },
  { "msgspec._core._StructMixin", flatline_library_append_struct },
  { "sqlalchemy.engine.row.Row", flatline_library_append_row },
  { "sqlalchemy.engine.url.URL", flatline_library_append_database_url },
  { "yarl.URL", flatline_library_append_yarl },
  { "yarl._url.URL", flatline_library_append_yarl },
  { "multidict._multidict.MultiDict", flatline_library_append_multidict },
  { "multidict._multidict.CIMultiDict", flatline_library_append_multidict },
  { "multidict._multidict.MultiDictProxy", flatline_library_append_multidict },
  { "multidict._multidict.CIMultiDictProxy", flatline_library_append_multidict },
  { "multidict._multidict._KeysView", flatline_library_append_multidict },
  { "multidict._multidict._ValuesView", flatline_library_append_multidict },
  { "multidict._multidict._ItemsView", flatline_library_append_multidict },
  { "httpx.URL", flatline_library_append_httpx_url },
  { "httpx.Request", flatline_library_append_httpx_request },
  { "requests.structures.CaseInsensitiveDict", flatline_library_append_headers },
  { "lxml.etree._Element", flatline_library_append_lxml_element },
  { "dateutil.relativedelta.relativedelta", flatline_library_append_relative_time },
  { "dateutil._common.weekday", flatline_library_append_weekday },
};

static FlatlineLibraryTextFunc
find_writer (FlatlineTypeCache *types, const char *name)
{
  const char *dot = strrchr (name, '.');
  const FlatlineTextPackage *package;
  FlatlineLibraryTextFunc writer = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    if (strcmp (writers[i].name, name) == 0)
      return writers[i].append;
  if (flatline_template_text_exists (name))
    return flatline_library_append_template;
  for (package = flatline_type_cache_get_packages (types); !writer && package && package->prefix; package++)
    if (g_str_has_prefix (name, package->prefix))
      writer = package->find (types, name);
  if (!writer && flatline_text_is_compiled_function (dot ? dot + 1 : name))
    writer = flatline_library_append_compiled_function;
  return writer;
}

/* A program that has its libraries packed in knows nothing else of @file. */
static gboolean
is_module (const char *file, const char *name)
{
  const gsize length = strlen (file), n = strlen (name);

  return length >= n && strcmp (file + length - n, name) == 0 && (length == n || file[length - n - 1] == '/');
}

/* The __repr__ at @function, by where it was written. */
static FlatlineLibraryTextFunc
find_made (FlatlineTypeCache *types, const FlatlineTypeInfo *type, guint64 owner, guint64 function)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  const FlatlineLayout *layout = &target->layout;
  const FlatlineTypeInfo *function_type = flatline_type_cache_find_of (types, function);
  guint64 code = 0, file_at = 0, name_at = 0;
  g_autofree char *file = NULL;
  g_autofree char *name = NULL;

  if (!function_type || function_type->family != FLATLINE_FAMILY_FUNCTION)
    return NULL;
  flatline_memory_read_u64 (target->memory, function + layout->function_code, &code);
  flatline_memory_read_u64 (target->memory, code + layout->code_filename, &file_at);
  flatline_memory_read_u64 (target->memory, code + layout->code_name, &name_at);
  file = file_at ? flatline_string_dup (target, file_at, 1024) : NULL;
  name = name_at ? flatline_string_dup (target, name_at, 64) : NULL;
  if (!file || !name)
    return NULL;
  if (is_module (file, "enum.py"))
    return g_str_has_prefix (name, "global_") ? flatline_library_append_global_member
                                              : flatline_library_append_enum_member;
  if (g_str_has_prefix (file, "<attrs generated") && flatline_class_get (types, owner, "__attrs_attrs__"))
    return flatline_library_append_attrs;
  if (is_module (file, "re.py"))
    return flatline_library_append_global_member;
  if (is_module (file, "collections/__init__.py") && flatline_class_get (types, owner, "_fields"))
    return flatline_library_append_named_tuple;
  if (flatline_class_get (types, owner, "__dataclass_fields__")
      && (is_module (file, "dataclasses.py") || is_module (file, "reprlib.py") || strcmp (file, "<string>") == 0))
    return flatline_library_append_dataclass;
  return NULL;
}

/* Whether @class_info is a class of C whose objects have names for their items. */
static gboolean
is_struct_sequence (FlatlineTarget *target, const FlatlineTypeInfo *type)
{
  guint64 members = 0, name = 0;

  return type->family == FLATLINE_FAMILY_TUPLE && !type->is_exact
         && flatline_memory_read_u64 (target->memory, type->address + target->layout.type_members, &members) && members
         && flatline_memory_read_u64 (target->memory, members, &name) && name != 0;
}

static FlatlineLibraryTextFunc
search (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  guint64 mro = 0;
  gint64 n;

  if (is_struct_sequence (target, type))
    return flatline_library_append_struct_sequence;
  flatline_memory_read_u64 (target->memory, type->address + target->layout.type_mro, &mro);
  n = mro ? flatline_object_read_size (target, mro) : 0;
  for (gint64 i = 0; i < MIN (n, MAX_MRO); i++)
    {
      guint64 address = 0, repr;
      const FlatlineTypeInfo *owner;
      FlatlineLibraryTextFunc writer;

      flatline_memory_read_u64 (target->memory, mro + target->layout.tuple_items + (guint64)i * 8, &address);
      owner = flatline_type_cache_find (types, address);
      if (!owner)
        return NULL;
      repr = flatline_class_get (types, address, "__repr__");
      writer = find_writer (types, owner->full_name);
      /* The static types of C have no dict of their own from 3.12 on. */
      if (repr == 0 && (owner->flags & FLAG_HEAPTYPE || (!writer && owner->family == FLATLINE_FAMILY_INSTANCE)))
        continue;
      return writer ? writer : find_made (types, type, address, repr);
    }
  return NULL;
}

FlatlineLibraryTextFunc
flatline_library_text_find (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  if (!type->text_is_known)
    flatline_type_cache_set_text (types, type, (gpointer)search (types, type));
  return (FlatlineLibraryTextFunc)type->text;
}

/* Those of Python's own making that ask for the text of what they hold without a guard. */
gboolean
flatline_library_text_is_reserved (FlatlineTypeCache *types, const FlatlineTypeInfo *type)
{
  const FlatlineLibraryTextFunc append = flatline_library_text_find (types, type);

  return append == flatline_library_append_yarl || append == flatline_library_append_httpx_url
         || append == flatline_library_append_database_url;
}

gboolean
flatline_library_text_is_guarded (FlatlineLibraryTextFunc append)
{
  return append != flatline_library_append_default_dict && append != flatline_library_append_named_tuple
         && append != flatline_library_append_mapping_proxy && append != flatline_library_append_template
         && append != flatline_library_append_frozen_dict;
}

void
flatline_library_text_append_cycle (GString *text, const FlatlineTypeInfo *type, FlatlineLibraryTextFunc append)
{
  if (append == flatline_library_append_namespace)
    g_string_append (text, flatline_library_get_namespace_name (type));
  g_string_append (text, append == flatline_library_append_namespace ? "(...)" : "...");
}
