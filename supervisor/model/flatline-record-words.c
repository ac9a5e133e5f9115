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
