/* SPDX-License-Identifier: MIT */
/* What the greenlets of gevent and eventlet tell of a thread whose hub has nothing to do. */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

/* Evidence is read by people. */
#define MAX_TOLD_GREENLETS 4

static FlatlineFrame *
find_called_by (FlatlineTask *task, FlatlineFrame *caller)
{
  for (guint i = 1; i < flatline_list_length (task->frames); i++)
    if (flatline_list_peek (task->frames, i) == caller)
      return flatline_list_peek (task->frames, i - 1);
  return NULL;
}

/*
 * The hub of gevent or eventlet has the thread, and the program's first greenlet was switched out where it waits: that
 * is where the program is. Other greenlets are told as facts.
 */
gboolean
flatline_finding_settle_greenlet (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *loop)
{
  FlatlineTask *task;
  gboolean is_server;
  g_autofree char *expression = NULL;

  for (guint i = 0; !expression && (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *outermost = flatline_list_peek (task->frames, flatline_list_length (task->frames) - 1);
      FlatlineFrame *place = flatline_task_find_place (task);

      if (!outermost || g_strcmp0 (outermost->function, "<module>") != 0 || !flatline_frame_is_own (place)
          || flatline_frame_is_launcher (place, find_called_by (task, place)))
        continue;
      expression = flatline_diagnosis_dup_expression (diagnosis, place);
      finding->place = place;
    }
  if (!expression)
    return FALSE;
  is_server = flatline_diagnosis_is_server (diagnosis, finding->thread);
  flatline_finding_settle (
      finding, is_server ? "idle" : "async-wait", FLATLINE_CONFIDENCE_LIKELY,
      /* Translators: a piece of source text; a kind of event loop ("gevent") */
      g_strdup_printf (_ ("waits in ‘%s’; its %s loop serves others meanwhile"), expression, loop));
  flatline_finding_add_kernel_evidence (finding);
  for (guint i = 0, n = 0;
       n < MAX_TOLD_GREENLETS && (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);
      g_autofree char *label = NULL;

      if (!place || !flatline_frame_is_own (place))
        continue;
      /* A call of compiled code leaves no frame that would name it. */
      if (!task->awaits)
        task->awaits = flatline_diagnosis_dup_expression (diagnosis, place);
      label = flatline_task_dup_label (task);
      flatline_finding_add_task_evidence (finding, task, label);
      n++;
    }
  return TRUE;
}
