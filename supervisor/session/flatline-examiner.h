/* SPDX-License-Identifier: MIT */
/*
 * FlatlineExaminer: the inspector of one process, kept between captures, used in workers one at a time, answering on
 * the main thread. The watchdog's looks and samples and the session's captures go through it.
 */
#pragma once

#include "flatline-capture.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_EXAMINER (flatline_examiner_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineExaminer, flatline_examiner, FLATLINE, EXAMINER, GObject)

FlatlineExaminer *
flatline_examiner_new (gint64 pid);
gint64
flatline_examiner_get_pid (FlatlineExaminer *self);

/* A whole snapshot (flatline_capture()); @budget NULL: the default. */
void
flatline_examiner_capture_async (FlatlineExaminer *self,
                                 const char *reason,
                                 const FlatlineCaptureBudget *budget,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* A quick look (flatline_capture_look()). */
void
flatline_examiner_look_async (FlatlineExaminer *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/* For both. Transfer full. */
FlatlineSnapshot *
flatline_examiner_capture_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error);

/* One number for all stacks; 0 when they cannot be read. */
void
flatline_examiner_sample_async (FlatlineExaminer *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
guint64
flatline_examiner_sample_finish (FlatlineExaminer *self, GAsyncResult *result);

G_END_DECLS
