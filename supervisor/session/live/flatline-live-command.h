/* SPDX-License-Identifier: MIT */
/* The commands of a FlatlineLive: from a line to what the agent is asked, and from what it says to words for people. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_LIVE_TRACE,
  FLATLINE_LIVE_UNTRACE,
  FLATLINE_LIVE_TRACES,
  FLATLINE_LIVE_BREAK,
  FLATLINE_LIVE_UNBREAK,
  FLATLINE_LIVE_CONTINUE,
  FLATLINE_LIVE_PATCH,
  FLATLINE_LIVE_UNPATCH,
  FLATLINE_LIVE_PATCHES,
} FlatlineLiveWord;

typedef struct
{
  FlatlineLiveWord word;
  const char *method; /* of the agent; NULL: it is answered here. Static */
  char *params;       /* JSON; NULL: none */
} FlatlineLiveCommand;

/* Whether @line is such a command, and not Python. */
gboolean
flatline_live_is_command (const char *line);

/* @folder: where a file that @line names is looked for. NULL with an error that says how it is used. */
FlatlineLiveCommand *
flatline_live_command_parse (const char *line, const char *folder, GError **error);
void
flatline_live_command_free (FlatlineLiveCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineLiveCommand, flatline_live_command_free)

/* What the agent answered, in words; NULL with an error when it refused. Transfer full. */
char *
flatline_live_words_of_answer (const FlatlineLiveCommand *command, JsonNode *answer, GError **error);

/* A line of a call, as it was told; NULL when it says nothing. Transfer full. */
char *
flatline_live_words_of_call (JsonObject *call);

G_END_DECLS
