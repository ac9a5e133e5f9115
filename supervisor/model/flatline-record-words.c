/* SPDX-License-Identifier: MIT */
/*
 * The words that records keep in English and people read in their language. States of processes are marked where they
 * are made (flatline-process.c), states of sessions in flatline-session-states.c; the others are listed here.
 */
#include "flatline-record-words.h"

#include <glib/gi18n.h>

G_GNUC_UNUSED static const char *const marked[] = {
  /* Translators: how sure a verdict is */
  N_ ("certain"),
  /* Translators: how sure a verdict is */
  N_ ("likely"),
  /* Translators: how sure a verdict is */
  N_ ("guess"),
};

const char *
flatline_record_word_text (const char *word)
{
  /* The translation of nothing is the header of the catalogue. */
  return word && *word ? _ (word) : word;
}

char *
flatline_task_dup_wait (FlatlineTask *task)
{
  if (task->awaits && task->cancel_requests > 0)
    /* Translators: of a task that was told to end and has not; what it waits for */
    return g_strdup_printf (_ ("cancelled, but awaits %s"), task->awaits);
  /* Translators: what an asyncio task waits for */
  return task->awaits ? g_strdup_printf (_ ("awaits %s"), task->awaits) : NULL;
}
