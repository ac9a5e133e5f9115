/* SPDX-License-Identifier: MIT */
/*
 * libdw, opened when the first C stack is looked at: who only asks where Python's threads are shall not wait for it
 * (and for what unpacks debug information) to be loaded. Its functions are members of one table, and so are those of
 * libelf for the files it works on: where libelf was linked into the program, that is another one than libdw's own.
 */
#pragma once

#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <glib.h>

G_BEGIN_DECLS

#define FLATLINE_DW_FUNCTIONS(F)                                                                                       \
  F (dwarf_attr)                                                                                                       \
  F (dwarf_attr_integrate)                                                                                             \
  F (dwarf_child)                                                                                                      \
  F (dwarf_filesrc)                                                                                                    \
  F (dwarf_formstring)                                                                                                 \
  F (dwarf_formudata)                                                                                                  \
  F (dwarf_getsrcfiles)                                                                                                \
  F (dwarf_haspc)                                                                                                      \
  F (dwarf_siblingof)                                                                                                  \
  F (dwarf_tag)                                                                                                        \
  F (dwelf_elf_gnu_debuglink)                                                                                          \
  F (dwfl_addrmodule)                                                                                                  \
  F (dwfl_attach_state)                                                                                                \
  F (dwfl_begin)                                                                                                       \
  F (dwfl_build_id_find_elf)                                                                                           \
  F (dwfl_core_file_attach)                                                                                            \
  F (dwfl_core_file_report)                                                                                            \
  F (dwfl_end)                                                                                                         \
  F (dwfl_errmsg)                                                                                                      \
  F (dwfl_frame_pc)                                                                                                    \
  F (dwfl_frame_reg)                                                                                                   \
  F (dwfl_getthread_frames)                                                                                            \
  F (dwfl_lineinfo)                                                                                                    \
  F (dwfl_linux_proc_find_elf)                                                                                         \
  F (dwfl_module_addrdie)                                                                                              \
  F (dwfl_module_addrinfo)                                                                                             \
  F (dwfl_module_build_id)                                                                                             \
  F (dwfl_module_getelf)                                                                                               \
  F (dwfl_module_getsrc)                                                                                               \
  F (dwfl_module_getsym_info)                                                                                          \
  F (dwfl_module_getsymtab)                                                                                            \
  F (dwfl_module_info)                                                                                                 \
  F (dwfl_report_begin)                                                                                                \
  F (dwfl_report_elf)                                                                                                  \
  F (dwfl_report_end)                                                                                                  \
  F (dwfl_standard_find_debuginfo)                                                                                     \
  F (dwfl_thread_state_register_pc)                                                                                    \
  F (dwfl_thread_state_registers)                                                                                      \
  F (elf_begin)                                                                                                        \
  F (elf_end)                                                                                                          \
  F (elf_rawfile)                                                                                                      \
  F (elf_version)

typedef struct
{
#define FLATLINE_DW_MEMBER(name) __typeof__ (name) *name;
  FLATLINE_DW_FUNCTIONS (FLATLINE_DW_MEMBER)
#undef FLATLINE_DW_MEMBER
} FlatlineDwLibrary;

/* Filled by flatline_dw_library_load(). */
extern FlatlineDwLibrary flatline_dw;

/* From any thread. FALSE with FLATLINE_INSPECT_ERROR_FAILED when it is not there: it stays so. */
gboolean
flatline_dw_library_load (GError **error);

G_END_DECLS
