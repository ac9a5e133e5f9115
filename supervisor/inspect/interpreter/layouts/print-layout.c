/* SPDX-License-Identifier: MIT */
/*
 * Prints the FlatlineLayout table of the CPython whose headers it is compiled with (see layouts/generate). Run by hand
 * when a version is added; its output is kept in layouts/cpython-*.h.
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#if PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#endif
#if PY_VERSION_HEX >= 0x030e0000
#include <internal/pycore_frame.h>
#include <internal/pycore_interpframe.h>
#elif PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_frame.h>
#endif
#if PY_VERSION_HEX < 0x030b0000
#include <frameobject.h>
#endif
#include <internal/pycore_gil.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_runtime.h>

/* Private structs of CPython that no header of that version declares; sources named. */
typedef struct
{
  PyObject_HEAD PyObject *start, *stop, *step, *length;
} RangeObject; /* Objects/rangeobject.c */
typedef struct
{
  PyObject_HEAD PyObject *dict;
} ModuleObject; /* Objects/moduleobject.c */
#if PY_VERSION_HEX < 0x030b0000
typedef struct
{
  Py_ssize_t refcnt, size;
  void *lookup;
  Py_ssize_t usable, nentries;
  char indices[];
} Keys; /* Objects/dict-common.h */
#endif

#define PRINT(name, value)     printf ("  ." #name " = %ld,\n", (long)(value))
#define AT(name, type, member) PRINT (name, offsetof (type, member))

#ifdef Py_GIL_DISABLED
#define BUILD         "t"
#define FREE_THREADED 1
#else
#define BUILD         ""
#define FREE_THREADED 0
#endif

static int
shift_of (unsigned int mask)
{
  int shift = 0;
  while (mask && !(mask & 1))
    mask >>= 1, shift++;
  return shift;
}

static void
print_str_state (void)
{
  PyASCIIObject object;
  unsigned int state;
  size_t offset = offsetof (PyASCIIObject, state);

  AT (str_length, PyASCIIObject, length);
  PRINT (str_state, offset);
#define BIT(field, value, name)                                                                                        \
  memset (&object, 0, sizeof object);                                                                                  \
  object.state.field = value;                                                                                          \
  memcpy (&state, (char *)&object + offset, sizeof state);                                                             \
  PRINT (name, shift_of (state));
  BIT (kind, 1, str_kind_shift)
  BIT (compact, 1, str_compact_shift)
  BIT (ascii, 1, str_ascii_shift)
  PRINT (str_ascii_data, sizeof (PyASCIIObject));
  PRINT (str_compact_data, sizeof (PyCompactUnicodeObject));
  AT (str_data, PyUnicodeObject, data);
}

static void
print_published (void)
{
#if PY_VERSION_HEX >= 0x030d0000
  PRINT (published_size, sizeof (_Py_DebugOffsets));
  printf ("  .published = published_%d_%d%s,\n", PY_MAJOR_VERSION, PY_MINOR_VERSION, BUILD);
  printf ("  .n_published = G_N_ELEMENTS (published_%d_%d%s),\n", PY_MAJOR_VERSION, PY_MINOR_VERSION, BUILD);
#endif
}

static void
print_published_fields (void)
{
#if PY_VERSION_HEX >= 0x030d0000
#define PUB(name, member)                                                                                              \
  printf ("  { G_STRUCT_OFFSET (FlatlineLayout, " #name "), %zu },\n", offsetof (_Py_DebugOffsets, member));
  printf ("static const FlatlinePublishedField published_%d_%d%s[] = {\n", PY_MAJOR_VERSION, PY_MINOR_VERSION, BUILD);
  PUB (runtime_size, runtime_state.size)
  PUB (runtime_interpreters_head, runtime_state.interpreters_head)
  PUB (runtime_finalizing, runtime_state.finalizing)
  PUB (interp_size, interpreter_state.size)
  PUB (interp_id, interpreter_state.id)
  PUB (interp_next, interpreter_state.next)
  PUB (interp_threads_head, interpreter_state.threads_head)
  PUB (interp_modules, interpreter_state.imports_modules)
  PUB (interp_gil, interpreter_state.ceval_gil)
  PUB (interp_gc, interpreter_state.gc)
  PUB (gc_collecting, gc.collecting)
#if PY_VERSION_HEX >= 0x030f0000
  PUB (gc_frame, gc.frame)
#endif
  PUB (thread_size, thread_state.size)
  PUB (thread_prev, thread_state.prev)
  PUB (thread_next, thread_state.next)
  PUB (thread_interp, thread_state.interp)
  PUB (thread_frame, thread_state.current_frame)
  PUB (thread_id, thread_state.thread_id)
  PUB (thread_native_id, thread_state.native_thread_id)
  PUB (thread_datastack_chunk, thread_state.datastack_chunk)
  PUB (frame_size, interpreter_frame.size)
  PUB (frame_previous, interpreter_frame.previous)
  PUB (frame_code, interpreter_frame.executable)
  PUB (frame_instr, interpreter_frame.instr_ptr)
  PUB (frame_localsplus, interpreter_frame.localsplus)
  PUB (frame_owner, interpreter_frame.owner)
#if PY_VERSION_HEX >= 0x030e0000
  PUB (frame_stackpointer, interpreter_frame.stackpointer)
#ifdef Py_GIL_DISABLED
  PUB (frame_bytecode_index, interpreter_frame.tlbc_index)
  PUB (code_bytecodes, code_object.co_tlbc)
#endif
#endif
  PUB (code_size, code_object.size)
  PUB (code_filename, code_object.filename)
  PUB (code_name, code_object.name)
  PUB (code_qualname, code_object.qualname)
  PUB (code_linetable, code_object.linetable)
  PUB (code_firstlineno, code_object.firstlineno)
  PUB (code_argcount, code_object.argcount)
  PUB (code_localsplusnames, code_object.localsplusnames)
  PUB (code_localspluskinds, code_object.localspluskinds)
  PUB (code_instructions, code_object.co_code_adaptive)
  PUB (object_type, pyobject.ob_type)
  PUB (type_name, type_object.tp_name)
  PUB (type_flags, type_object.tp_flags)
  PUB (tuple_items, tuple_object.ob_item)
  PUB (list_items, list_object.ob_item)
  PUB (dict_keys, dict_object.ma_keys)
  PUB (dict_values, dict_object.ma_values)
  PUB (float_value, float_object.ob_fval)
  PUB (long_tag, long_object.lv_tag)
  PUB (long_digits, long_object.ob_digit)
  PUB (bytes_data, bytes_object.ob_sval)
  PUB (str_state, unicode_object.state)
  PUB (str_length, unicode_object.length)
  PUB (str_ascii_data, unicode_object.asciiobject_size)
  printf ("};\n");
#endif
}

static void
print_states (void)
{
  PRINT (runtime_size, sizeof (_PyRuntimeState));
#if PY_VERSION_HEX >= 0x030d0000
  AT (runtime_finalizing, _PyRuntimeState, _finalizing);
#else
  AT (runtime_finalizing, _PyRuntimeState, _finalizing);
#endif
  AT (runtime_interpreters_head, _PyRuntimeState, interpreters.head);
  PRINT (interp_size, sizeof (PyInterpreterState));
  AT (interp_next, PyInterpreterState, next);
  AT (interp_id, PyInterpreterState, id);
  AT (interp_gc, PyInterpreterState, gc);
  AT (gc_collecting, struct _gc_runtime_state, collecting);
#if PY_VERSION_HEX >= 0x030f0000
  AT (gc_frame, struct _gc_runtime_state, frame);
#else
  PRINT (gc_frame, -1);
#endif
#if PY_VERSION_HEX >= 0x030b0000
  AT (interp_threads_head, PyInterpreterState, threads.head);
#else
  AT (interp_threads_head, PyInterpreterState, tstate_head);
#endif
#if PY_VERSION_HEX >= 0x030c0000
  AT (interp_modules, PyInterpreterState, imports.modules);
  AT (interp_gil, PyInterpreterState, ceval.gil);
  PRINT (runtime_gil_locked, -1);
  PRINT (runtime_gil_holder, -1);
#else
  AT (interp_modules, PyInterpreterState, modules);
  PRINT (interp_gil, -1);
  AT (runtime_gil_locked, _PyRuntimeState, ceval.gil.locked);
  AT (runtime_gil_holder, _PyRuntimeState, ceval.gil.last_holder);
#endif
#if PY_VERSION_HEX >= 0x030e0000
  AT (interp_asyncio_tasks, PyInterpreterState, asyncio_tasks_head);
  AT (thread_asyncio_tasks, _PyThreadStateImpl, asyncio_tasks_head);
#else
  PRINT (interp_asyncio_tasks, -1);
  PRINT (thread_asyncio_tasks, -1);
#endif
  AT (gil_locked, struct _gil_runtime_state, locked);
  AT (gil_holder, struct _gil_runtime_state, last_holder);
  PRINT (gil_size, sizeof (struct _gil_runtime_state));
#if PY_VERSION_HEX >= 0x030d0000
  PRINT (thread_size, sizeof (_PyThreadStateImpl));
#else
  PRINT (thread_size, sizeof (PyThreadState));
#endif
  AT (thread_prev, PyThreadState, prev);
  AT (thread_next, PyThreadState, next);
  AT (thread_interp, PyThreadState, interp);
  AT (thread_id, PyThreadState, thread_id);
  AT (thread_exc_info, PyThreadState, exc_info);
  AT (handled_value, _PyErr_StackItem, exc_value);
  AT (handled_previous, _PyErr_StackItem, previous_item);
#if PY_VERSION_HEX >= 0x030b0000
  AT (thread_native_id, PyThreadState, native_thread_id);
  AT (thread_datastack_chunk, PyThreadState, datastack_chunk);
#else
  PRINT (thread_native_id, -1);
  PRINT (thread_datastack_chunk, -1);
#endif
#if PY_VERSION_HEX >= 0x030d0000
  AT (thread_frame, PyThreadState, current_frame);
  PRINT (thread_cframe, -1);
  PRINT (cframe_current_frame, -1);
#elif PY_VERSION_HEX >= 0x030b0000
  PRINT (thread_frame, -1);
  AT (thread_cframe, PyThreadState, cframe);
  AT (cframe_current_frame, _PyCFrame, current_frame);
#else
  AT (thread_frame, PyThreadState, frame);
  PRINT (thread_cframe, -1);
  PRINT (cframe_current_frame, -1);
#endif
#if PY_VERSION_HEX >= 0x030a0000 && PY_VERSION_HEX < 0x030d0000
  AT (thread_c_stack, PyThreadState, cframe);
#else
  PRINT (thread_c_stack, -1);
#endif
#ifdef Py_GIL_DISABLED
  AT (thread_eval_breaker, PyThreadState, eval_breaker);
  AT (thread_attachment, PyThreadState, state);
  AT (runtime_stop, _PyRuntimeState, stoptheworld);
  AT (interp_stop, PyInterpreterState, stoptheworld);
#else
  PRINT (thread_eval_breaker, -1);
  PRINT (thread_attachment, -1);
  PRINT (runtime_stop, -1);
  PRINT (interp_stop, -1);
#endif
}

static void
print_frame (void)
{
#if PY_VERSION_HEX >= 0x030b0000
  PRINT (frame_is_object, 0);
  AT (frame_object, _PyInterpreterFrame, frame_obj);
  AT (frame_object_line, PyFrameObject, f_lineno);
  PRINT (frame_size, sizeof (_PyInterpreterFrame));
  AT (frame_previous, _PyInterpreterFrame, previous);
#if PY_VERSION_HEX >= 0x030d0000
  AT (frame_code, _PyInterpreterFrame, f_executable);
  AT (frame_instr, _PyInterpreterFrame, instr_ptr);
  PRINT (frame_instr_is_next, 1);
#else
  AT (frame_code, _PyInterpreterFrame, f_code);
  AT (frame_instr, _PyInterpreterFrame, prev_instr);
  PRINT (frame_instr_is_next, 0);
#endif
#if PY_VERSION_HEX >= 0x030e0000 && defined(Py_GIL_DISABLED)
  AT (frame_bytecode_index, _PyInterpreterFrame, tlbc_index);
#else
  PRINT (frame_bytecode_index, -1);
#endif
  AT (frame_globals, _PyInterpreterFrame, f_globals);
  AT (frame_locals, _PyInterpreterFrame, f_locals);
  AT (frame_localsplus, _PyInterpreterFrame, localsplus);
  AT (frame_owner, _PyInterpreterFrame, owner);
  PRINT (frame_lasti, -1);
  PRINT (frame_valuestack, -1);
#if PY_VERSION_HEX >= 0x030e0000
  PRINT (frame_stacktop, -1);
  AT (frame_stackpointer, _PyInterpreterFrame, stackpointer);
#else
  AT (frame_stacktop, _PyInterpreterFrame, stacktop);
  PRINT (frame_stackpointer, -1);
#endif
#if PY_VERSION_HEX >= 0x030e0000
  PRINT (frame_owner_shim, FRAME_OWNED_BY_INTERPRETER);
#elif PY_VERSION_HEX >= 0x030c0000
  PRINT (frame_owner_shim, FRAME_OWNED_BY_CSTACK);
#else
  PRINT (frame_owner_shim, FRAME_OWNED_BY_FRAME_OBJECT + 1);
#endif
  PRINT (frame_owner_generator, FRAME_OWNED_BY_GENERATOR);
#if PY_VERSION_HEX >= 0x030c0000
  PRINT (frame_is_entry, -1);
#else
  AT (frame_is_entry, _PyInterpreterFrame, is_entry);
#endif
  PRINT (frame_n_blocks, -1);
  PRINT (frame_blocks, -1);
  PRINT (block_size, 0);
  PRINT (block_level, -1);
#else
  AT (frame_n_blocks, PyFrameObject, f_iblock);
  AT (frame_blocks, PyFrameObject, f_blockstack);
  PRINT (block_size, sizeof (PyTryBlock));
  AT (block_level, PyTryBlock, b_level);
  PRINT (frame_is_object, 1);
  PRINT (frame_object, -1);
#if PY_VERSION_HEX >= 0x030a0000
  AT (frame_object_line, PyFrameObject, f_lineno);
#else
  PRINT (frame_object_line, -1); /* meant only where f_trace is set */
#endif
  PRINT (frame_size, offsetof (PyFrameObject, f_localsplus));
  AT (frame_previous, PyFrameObject, f_back);
  AT (frame_code, PyFrameObject, f_code);
  AT (frame_globals, PyFrameObject, f_globals);
  AT (frame_locals, PyFrameObject, f_locals);
  AT (frame_localsplus, PyFrameObject, f_localsplus);
  AT (frame_lasti, PyFrameObject, f_lasti);
  AT (frame_valuestack, PyFrameObject, f_valuestack);
  PRINT (frame_bytecode_index, -1);
  PRINT (frame_instr, -1);
  PRINT (frame_instr_is_next, 0);
  PRINT (frame_owner, -1);
  PRINT (frame_owner_shim, 127);
  PRINT (frame_owner_generator, -1);
  PRINT (frame_is_entry, -1);
#if PY_VERSION_HEX >= 0x030a0000
  AT (frame_stacktop, PyFrameObject, f_stackdepth);
  PRINT (frame_stackpointer, -1);
#else
  PRINT (frame_stacktop, -1);
  AT (frame_stackpointer, PyFrameObject, f_stacktop);
#endif
#endif
}

static void
print_code (void)
{
  PRINT (code_size, sizeof (PyCodeObject));
  AT (code_filename, PyCodeObject, co_filename);
  AT (code_name, PyCodeObject, co_name);
  AT (code_names, PyCodeObject, co_names);
  AT (code_firstlineno, PyCodeObject, co_firstlineno);
  AT (code_argcount, PyCodeObject, co_argcount);
  AT (code_kwonlyargcount, PyCodeObject, co_kwonlyargcount);
  AT (code_flags, PyCodeObject, co_flags);
  AT (code_nlocals, PyCodeObject, co_nlocals);
  AT (code_stacksize, PyCodeObject, co_stacksize);
#if PY_VERSION_HEX >= 0x030e0000 && defined(Py_GIL_DISABLED)
  AT (code_bytecodes, PyCodeObject, co_tlbc);
#else
  PRINT (code_bytecodes, -1);
#endif
#if PY_VERSION_HEX >= 0x030b0000
  AT (code_qualname, PyCodeObject, co_qualname);
  AT (code_linetable, PyCodeObject, co_linetable);
  PRINT (code_varnames, -1);
  PRINT (code_cellvars, -1);
  PRINT (code_freevars, -1);
  AT (code_localsplusnames, PyCodeObject, co_localsplusnames);
  AT (code_localspluskinds, PyCodeObject, co_localspluskinds);
  AT (code_instructions, PyCodeObject, co_code_adaptive);
  AT (code_firsttraceable, PyCodeObject, _co_firsttraceable);
  AT (code_exceptiontable, PyCodeObject, co_exceptiontable);
#else
  PRINT (code_qualname, -1);
#if PY_VERSION_HEX >= 0x030a0000
  AT (code_linetable, PyCodeObject, co_linetable);
#else
  AT (code_linetable, PyCodeObject, co_lnotab);
#endif
  AT (code_varnames, PyCodeObject, co_varnames);
  AT (code_cellvars, PyCodeObject, co_cellvars);
  AT (code_freevars, PyCodeObject, co_freevars);
  PRINT (code_localsplusnames, -1);
  PRINT (code_localspluskinds, -1);
  PRINT (code_instructions, -1);
  PRINT (code_firsttraceable, -1);
  PRINT (code_exceptiontable, -1);
#endif
}

static void
print_type (void)
{
  AT (object_type, PyObject, ob_type);
  AT (object_var_size, PyVarObject, ob_size);
  AT (traceback_next, PyTracebackObject, tb_next);
  AT (traceback_frame, PyTracebackObject, tb_frame);
  AT (traceback_lasti, PyTracebackObject, tb_lasti);
  AT (traceback_line, PyTracebackObject, tb_lineno);
#if PY_VERSION_HEX >= 0x030b0000
  AT (frame_object_frame, struct _frame, f_frame);
#else
  PRINT (frame_object_frame, -1);
#endif
  PRINT (type_size, sizeof (PyTypeObject));
  AT (type_name, PyTypeObject, tp_name);
  AT (type_basicsize, PyTypeObject, tp_basicsize);
  AT (type_itemsize, PyTypeObject, tp_itemsize);
  AT (type_flags, PyTypeObject, tp_flags);
  AT (type_dictoffset, PyTypeObject, tp_dictoffset);
  AT (type_dict, PyTypeObject, tp_dict);
  AT (type_base, PyTypeObject, tp_base);
  AT (type_mro, PyTypeObject, tp_mro);
  AT (type_members, PyTypeObject, tp_members);
  AT (heaptype_name, PyHeapTypeObject, ht_name);
  AT (heaptype_qualname, PyHeapTypeObject, ht_qualname);
  AT (heaptype_module, PyHeapTypeObject, ht_module);
  AT (heaptype_cached_keys, PyHeapTypeObject, ht_cached_keys);
#if PY_VERSION_HEX >= 0x030b0000
  PRINT (managed_dict_flag, Py_TPFLAGS_MANAGED_DICT);
#ifdef Py_GIL_DISABLED
  PRINT (managed_dict, -1 * (long)sizeof (PyObject *));
#else
  PRINT (managed_dict, -3 * (long)sizeof (PyObject *));
#endif
#endif
#if PY_VERSION_HEX >= 0x030d0000
  PRINT (inline_values_flag, Py_TPFLAGS_INLINE_VALUES);
#endif
}

static void
print_containers (void)
{
  AT (bytes_data, PyBytesObject, ob_sval);
  AT (bytearray_start, PyByteArrayObject, ob_start);
  AT (float_value, PyFloatObject, ob_fval);
  AT (complex_value, PyComplexObject, cval);
#if PY_VERSION_HEX >= 0x030c0000
  AT (long_tag, PyLongObject, long_value.lv_tag);
  AT (long_digits, PyLongObject, long_value.ob_digit);
#else
  PRINT (long_tag, -1);
  AT (long_digits, PyLongObject, ob_digit);
#endif
  AT (tuple_items, PyTupleObject, ob_item);
  AT (list_items, PyListObject, ob_item);
  AT (dict_used, PyDictObject, ma_used);
  AT (dict_keys, PyDictObject, ma_keys);
  AT (dict_values, PyDictObject, ma_values);
#if PY_VERSION_HEX >= 0x030b0000
  AT (dictvalues_items, PyDictValues, values);
  AT (keys_log2_size, PyDictKeysObject, dk_log2_size);
  AT (keys_log2_index_bytes, PyDictKeysObject, dk_log2_index_bytes);
  AT (keys_kind, PyDictKeysObject, dk_kind);
  PRINT (keys_size, -1);
  AT (keys_nentries, PyDictKeysObject, dk_nentries);
  AT (keys_indices, PyDictKeysObject, dk_indices);
#else
  PRINT (dictvalues_items, 0);
  PRINT (keys_log2_size, -1);
  PRINT (keys_log2_index_bytes, -1);
  PRINT (keys_kind, -1);
  AT (keys_size, Keys, size);
  AT (keys_nentries, Keys, nentries);
  AT (keys_indices, Keys, indices);
#endif
  AT (set_used, PySetObject, used);
  AT (set_mask, PySetObject, mask);
  AT (set_table, PySetObject, table);
  AT (range_start, RangeObject, start);
  AT (slice_start, PySliceObject, start);
}

static void
print_callables (void)
{
  AT (cell_value, PyCellObject, ob_ref);
  AT (function_code, PyFunctionObject, func_code);
  AT (function_name, PyFunctionObject, func_name);
  AT (function_qualname, PyFunctionObject, func_qualname);
  AT (method_function, PyMethodObject, im_func);
  AT (method_self, PyMethodObject, im_self);
  AT (cfunction_method, PyCFunctionObject, m_ml);
  AT (cfunction_self, PyCFunctionObject, m_self);
  AT (methoddef_name, PyMethodDef, ml_name);
  AT (methoddescr_method, PyMethodDescrObject, d_method);
  AT (module_dict, ModuleObject, dict);
#if PY_VERSION_HEX >= 0x030b0000
  AT (generator_frame, PyGenObject, gi_iframe);
#if PY_VERSION_HEX >= 0x030c0000
  PRINT (generator_code, -1);
#else
  AT (generator_code, PyGenObject, gi_code);
#endif
  AT (generator_frame_state, PyGenObject, gi_frame_state);
#if PY_VERSION_HEX >= 0x030f0000
  PRINT (generator_completed, FRAME_CLEARED);
#else
  PRINT (generator_completed, FRAME_COMPLETED);
#endif
#else
  AT (generator_frame, PyGenObject, gi_frame);
  AT (generator_code, PyGenObject, gi_code);
  PRINT (generator_frame_state, -1);
  PRINT (generator_completed, 0);
#endif
  AT (generator_name, PyGenObject, gi_name);
  AT (generator_qualname, PyGenObject, gi_qualname);
  AT (exception_args, PyBaseExceptionObject, args);
  AT (exception_traceback, PyBaseExceptionObject, traceback);
  AT (exception_context, PyBaseExceptionObject, context);
  AT (exception_cause, PyBaseExceptionObject, cause);
  AT (exception_suppress_context, PyBaseExceptionObject, suppress_context);
#if PY_VERSION_HEX >= 0x030b0000
  AT (exception_group_members, PyBaseExceptionGroupObject, excs);
#else
  PRINT (exception_group_members, -1);
#endif
}

int
main (void)
{
  printf ("/* SPDX-License-Identifier: MIT */\n/* Printed by print-layout.c from the headers of CPython %s. */\n",
          PY_VERSION);
  print_published_fields ();
  printf ("static const FlatlineLayout layout_%d_%d%s = {\n", PY_MAJOR_VERSION, PY_MINOR_VERSION, BUILD);
  printf ("  .version = 0x%04x,\n", (unsigned)(PY_VERSION_HEX >> 16));
  PRINT (free_threaded, FREE_THREADED);
  PRINT (lines, PY_VERSION_HEX >= 0x030b0000 ? 2 : PY_VERSION_HEX >= 0x030a0000 ? 1 : 0);
  print_published ();
  print_states ();
  print_frame ();
  print_code ();
  print_type ();
  print_str_state ();
  print_containers ();
  print_callables ();
  printf ("};\n");
  return 0;
}
