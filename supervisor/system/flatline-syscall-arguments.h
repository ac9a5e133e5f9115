/* SPDX-License-Identifier: MIT */
/* Private to system/: what the numbers of a system call stand for, read from the memory of the process. */
#pragma once

#include "flatline-process.h"

G_BEGIN_DECLS

/*
 * Fills syscall_path, polled, awaited_signals and timeout_ms of @thread from its system call and arguments. Nothing
 * when the memory may not be read, or the thread has gone on: then the words found there are refused when they make no
 * sense. @read: where its memory is, NULL for the living process, which has descriptors, too.
 */
void
flatline_syscall_read_arguments (FlatlineThread *thread, FlatlineThreadMemoryFunc read, gpointer source);

G_END_DECLS
