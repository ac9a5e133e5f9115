/* SPDX-License-Identifier: MIT */
/*
 * FlatlineExaminer: the inspector of one process or core file, kept between captures, used in workers one at a time,
 * answering on the main thread. The watchdog's looks and samples and the session's captures go through it, and the
 * window's looks at what no session started.
 */
#pragma once

#include "flatline-capture.h"
#include "flatline-item-batch.h"
#include "flatline-value-content.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_EXAMINER (flatline_examiner_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineExaminer, flatline_examiner, FLATLINE, EXAMINER, GObject)

FlatlineExaminer *
flatline_examiner_new (gint64 pid);

/* Of a core file, which is opened with the first capture; @executable NULL: as the core says. */
FlatlineExaminer *
flatline_examiner_new_for_core (const char *core_file, const char *executable);

/* 0 for a core file. */
gint64
flatline_examiner_get_pid (FlatlineExaminer *self);

/* A whole snapshot (flatline_capture(), flatline_capture_core()); @budget NULL: the default. */
void
flatline_examiner_capture_async (FlatlineExaminer *self,
                                 const char *reason,
                                 const FlatlineCaptureBudget *budget,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* A moment that the program holds (flatline_capture_held()); takes @held. */
void
flatline_examiner_capture_held_async (FlatlineExaminer *self,
                                      const char *reason,
                                      FlatlineHeld *held,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/* A quick look (flatline_capture_look()). */
void
flatline_examiner_look_async (FlatlineExaminer *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/* For all of them. Transfer full. */
FlatlineSnapshot *
flatline_examiner_capture_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error);

/*
 * Reads what @value holds, as it is now (flatline_inspector_expand()): children as many as @max_items, of a container
 * from number @first_item on, its text as long as @max_text_bytes. @value is not changed.
 */
void
flatline_examiner_expand_async (FlatlineExaminer *self,
                                FlatlineValue *value,
                                guint64 first_item,
                                guint max_items,
                                guint max_text_bytes,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
FlatlineValue *
flatline_examiner_expand_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error);

/* Reads the next items of a large container, and answers with those that match. */
void
flatline_examiner_look_for_items_async (FlatlineExaminer *self,
                                        FlatlineValue *container,
                                        guint64 first_item,
                                        guint max_items,
                                        const char *words,
                                        FlatlineItemMatch match,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
FlatlineItemBatch *
flatline_examiner_look_for_items_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error);

/*
 * Reads the whole of a str, bytes and their like (flatline_content_can_read()), in pieces between which others have
 * their turn. @progress, on the main thread, is told characters or bytes and never after the answer. Ended early, by
 * @cancellable or the program's end, the answer is what was read, with the reason; an error when that is nothing.
 */
void
flatline_examiner_read_content_async (FlatlineExaminer *self,
                                      FlatlineValue *value,
                                      GFileProgressCallback progress,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
FlatlineValueContent *
flatline_examiner_read_content_finish (FlatlineExaminer *self, GAsyncResult *result, GError **error);

/* The same numbers mean that nothing has changed since the sample before. */
typedef struct
{
  guint64 stacks; /* of all threads; 0: they cannot be read */
  guint64 still;  /* another one whenever a thread has come to stand still where it was not seen to stand before */
} FlatlineStillness;

void
flatline_examiner_sample_async (FlatlineExaminer *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
FlatlineStillness
flatline_examiner_sample_finish (FlatlineExaminer *self, GAsyncResult *result);

/* Lets go of what was read of the process, which is much after a look; it is read again when it is wanted. Not while it
 * is in use. */
void
flatline_examiner_rest (FlatlineExaminer *self);

G_END_DECLS
