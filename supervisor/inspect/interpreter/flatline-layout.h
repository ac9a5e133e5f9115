/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLayout: where a CPython version keeps what in memory. Versions differ in this data, not in code paths, where
 * that can be. The tables in layouts/ are printed by layouts/print-layout.c from CPython's own public headers; from
 * 3.13 on the interpreter publishes most of it itself (_Py_DebugOffsets, PEP 768), and what it publishes wins once it
 * has been checked.
 *
 * All offsets and sizes are in bytes; -1: this version has no such field.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_LINES_LNOTAB,    /* 3.9: co_lnotab */
  FLATLINE_LINES_LINETABLE, /* 3.10: PEP 626 */
  FLATLINE_LINES_LOCATIONS, /* 3.11+: PEP 657, with columns */
} FlatlineLineFormat;

/* One field that the interpreter publishes: which gint32 of the layout it replaces, and where it is found. */
typedef struct
{
  guint16 layout_offset;
  guint16 published_offset;
} FlatlinePublishedField;

typedef struct
{
  guint32 version; /* PY_VERSION_HEX >> 16: 0x030b */
  gboolean free_threaded;
  FlatlineLineFormat lines;
  gint32 published_size; /* of _Py_DebugOffsets, 0 before 3.13 */
  const FlatlinePublishedField *published;
  gint32 n_published;

  gint32 runtime_size, runtime_interpreters_head, runtime_finalizing;
  gint32 runtime_gil_locked, runtime_gil_holder; /* up to 3.11 */

  gint32 interp_size, interp_next, interp_id, interp_threads_head, interp_modules, interp_gc;
  gint32 gc_collecting, gc_frame; /* of the second, 3.15+: which frame called the collector; else -1 */
  gint32 interp_asyncio_tasks, thread_asyncio_tasks; /* 3.14+: heads of lists of tasks */

  gint32 interp_gil; /* 3.12+: pointer to the GIL */
  gint32 gil_locked, gil_holder, gil_size;

  gint32 thread_size, thread_prev, thread_next, thread_interp, thread_id, thread_native_id;
  gint32 thread_frame;                    /* 3.9, 3.10, 3.13+: pointer to the innermost frame */
  gint32 thread_cframe;                   /* 3.11, 3.12: pointer to a CFrame … */
  gint32 cframe_current_frame;            /* … that points to it */
  gint32 thread_exc_info;                 /* pointer to what is being handled: … */
  gint32 handled_value, handled_previous; /* … the exception, and what was before */
  gint32 thread_c_stack;                  /* 3.10 – 3.12: pointer to what lies on the C stack of whoever runs it */
  gint32 thread_datastack_chunk;
  gint32 thread_eval_breaker,
      thread_attachment;            /* free-threaded: what it is asked to do; int, whether it runs Python */
  gint32 runtime_stop, interp_stop; /* free-threaded: who wants all threads to stand still */

  gboolean frame_is_object; /* 3.9, 3.10: frames are Python objects */
  gint32 frame_size, frame_previous, frame_code, frame_globals, frame_locals, frame_localsplus, frame_owner;
  gint32 frame_lasti;          /* 3.9 (bytes), 3.10 (code units): int */
  gint32 frame_instr;          /* 3.11+: pointer into the code */
  gint32 frame_bytecode_index; /* free-threaded 3.14+: which of the code's copies frame_instr points into */
  gint32 frame_instr_is_next;  /* 3.13+: instr_ptr is the instruction itself; before it was the unit before the next */
  gint32 frame_stacktop;       /* 3.10 – 3.13: int, number of slots */
  gint32 frame_stackpointer;   /* 3.9, 3.14+: pointer past the last */
  gint32 frame_valuestack;     /* 3.9, 3.10: pointer to the first */
  gint32 frame_owner_shim;     /* owners from this value on are C's, not Python's */
  gint32 frame_owner_generator;
  gint32 frame_is_entry;                                        /* 3.11: bool; later a shim frame tells */
  gint32 frame_object;                                          /* 3.11+: its frame object, if it has one */
  gint32 frame_object_line;                                     /* 3.10+: in that, int: its line, if not 0 */
  gint32 frame_n_blocks, frame_blocks, block_size, block_level; /* 3.9, 3.10: the block stack */

  gint32 code_size, code_filename, code_name, code_qualname, code_linetable, code_firstlineno, code_argcount;
  gint32 code_names; /* of globals and attributes */
  gint32 code_kwonlyargcount, code_flags, code_nlocals;
  gint32 code_varnames, code_cellvars, code_freevars; /* 3.9, 3.10 */
  gint32 code_localsplusnames, code_localspluskinds;  /* 3.11+ */
  gint32 code_instructions;                           /* 3.11+: the first code unit */
  gint32 code_bytecodes;                              /* free-threaded 3.14+: pointer to {size, copies[]} */
  gint32 code_firsttraceable;
  gint32 code_stacksize, code_exceptiontable; /* the table: 3.11+ */

  gint32 object_type, object_var_size;
  gint32 type_size, type_name, type_basicsize, type_itemsize, type_flags, type_dictoffset, type_dict, type_base,
      type_mro;
  gint32 type_members, heaptype_name, heaptype_qualname, heaptype_module, heaptype_cached_keys;
  gint32 managed_dict;       /* 3.12+: offset of the dict pointer before the object (negative), 0 none */
  gint32 inline_values_flag; /* 3.13+: Py_TPFLAGS_INLINE_VALUES, else 0 */
  gint32 managed_dict_flag;  /* 3.11+: Py_TPFLAGS_MANAGED_DICT, else 0 */

  gint32 str_length, str_state, str_ascii_data, str_compact_data, str_data;
  gint32 str_kind_shift, str_compact_shift, str_ascii_shift;
  gint32 bytes_data, bytearray_start, float_value, complex_value;
  gint32 long_digits, long_tag; /* long_tag 3.12+; before: ob_size is signed */
  gint32 tuple_items, list_items;
  gint32 dict_used, dict_keys, dict_values;
  gint32 dictvalues_items;                                 /* where values begin; 3.12- : 0 */
  gint32 keys_log2_size, keys_log2_index_bytes, keys_kind; /* 3.11+ */
  gint32 keys_size;                                        /* 3.9, 3.10: number of slots */
  gint32 keys_nentries, keys_indices;
  gint32 set_used, set_mask, set_table;
  gint32 cell_value, function_code, function_name, function_qualname, method_function, method_self;
  gint32 cfunction_method, cfunction_self, methoddef_name, module_dict, range_start, slice_start;
  gint32 methoddescr_method;
  gint32 generator_frame;     /* gi_frame (3.9, 3.10: pointer) or gi_iframe (3.11+: the frame itself) */
  gint32 generator_code;      /* up to 3.11; later its frame keeps it */
  gint32 generator_completed; /* states from this one on are of a generator without a frame */
  gint32 generator_frame_state, generator_name, generator_qualname;
  gint32 exception_args, exception_traceback, exception_context, exception_cause;
  gint32 exception_suppress_context;                                       /* char: the context is not shown */
  gint32 exception_group_members;                                          /* 3.11+: a tuple */
  gint32 traceback_next, traceback_frame, traceback_lasti, traceback_line; /* the last two: int; bytes, number */
  gint32 frame_object_frame; /* 3.11+: in a frame object the pointer to the frame; before it is the frame itself */
} FlatlineLayout;

/* The table of @version (PY_VERSION_HEX >> 16), or NULL. */
const FlatlineLayout *
flatline_layout_find (guint32 version, gboolean free_threaded);

/* All tables. */
const FlatlineLayout *const *
flatline_layout_list (guint *n_layouts);

/*
 * Reads the published offsets in @blob (the first bytes of _PyRuntime of a 3.13 or later) over a copy of @base. FALSE
 * when they are not of this version, or not plausible: then nothing of it is used.
 */
gboolean
flatline_layout_apply_published (FlatlineLayout *layout, const guint8 *blob, gsize length, GError **error);

G_END_DECLS
