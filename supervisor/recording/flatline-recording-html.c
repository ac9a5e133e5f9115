/* SPDX-License-Identifier: MIT */
/*
 * The page has the events as data and a player in a few lines of script. Of a long recording it has the end, and of
 * what was before only what that needs: the calls that were open then, with their variables.
 */
#include "config.h"

#include "flatline-recording-html.h"
#include "flatline-recording-page.h"
#include "flatline-recording-private.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  FlatlineRecording *recording;
  guint32 first;        /* event that the page begins with */
  guint32 first_change; /* noticed at it or later */
  GArray *events;       /* guint32, those the page has, in order */
  GHashTable *old;      /* changes from before that are needed */
  GHashTable *numbers;  /* change to its number in the page */
  GString *json;
} Page;

static const FlatlineEvent *
get_event (Page *page, guint32 event)
{
  return &g_array_index (page->recording->events, FlatlineEvent, event);
}

static const FlatlineChange *
get_change (Page *page, guint32 change)
{
  return &g_array_index (page->recording->changes, FlatlineChange, change);
}

static int
compare_numbers (gconstpointer one, gconstpointer other)
{
  guint32 a = *(const guint32 *)one, b = *(const guint32 *)other;

  return a < b ? -1 : a > b;
}

/* What a call was before the page begins: the newest change of each name. */
static void
note_old_changes (Page *page, guint32 change)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  while (change != FLATLINE_NO_EVENT && change >= page->first_change)
    change = get_change (page, change)->previous;
  if (change == FLATLINE_NO_EVENT || g_hash_table_contains (page->old, GUINT_TO_POINTER (change + 1)))
    return;
  for (; change != FLATLINE_NO_EVENT; change = get_change (page, change)->previous)
    if (g_hash_table_add (seen, GUINT_TO_POINTER (get_change (page, change)->name + 1)))
      g_hash_table_add (page->old, GUINT_TO_POINTER (change + 1));
}

static void
choose_events (Page *page)
{
  FlatlineRecording *self = page->recording;
  g_autoptr (GHashTable) before = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;

  for (guint32 at = page->first; at < self->events->len; at++)
    {
      guint32 entry = get_event (page, at)->entry;

      note_old_changes (page, get_event (page, at)->change);
      while (entry != FLATLINE_NO_EVENT && entry < page->first
             && g_hash_table_add (before, GUINT_TO_POINTER (entry + 1)))
        {
          note_old_changes (page, get_event (page, entry)->change);
          entry = get_event (page, entry)->entry;
        }
    }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint32 event = GPOINTER_TO_UINT (key) - 1;

      g_array_append_val (page->events, event);
    }
  g_array_sort (page->events, compare_numbers);
}

/* JSON that cannot end the element it stands in. */
static void
append_string (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);

  g_string_append_c (json, '"');
  for (const char *at = valid; *at; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character >= 0x20 && character < 0x7f && character != '"' && character != '\\' && character != '<'
          && character != '>' && character != '&')
        g_string_append_c (json, character);
      else if (character < 0x10000)
        g_string_append_printf (json, "\\u%04x", character);
      else
        g_string_append_printf (json, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
                                0xdc00 + ((character - 0x10000) & 0x3ff));
    }
  g_string_append_c (json, '"');
}

static void
append_value (GString *json, FlatlineValue *value)
{
  if (!value)
    {
      g_string_append_c (json, '0');
      return;
    }
  g_string_append_c (json, '[');
  append_string (json, value->type);
  g_string_append_c (json, ',');
  append_string (json, value->text);
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      g_string_append (json, ",[");
      append_string (json, child->name);
      g_string_append_c (json, ',');
      append_string (json, child->text);
      g_string_append_c (json, ']');
    }
  g_string_append_c (json, ']');
}

static void
append_change (Page *page, guint32 change)
{
  g_autoptr (FlatlineValue) value = flatline_recording_dup_changed (page->recording, change);
  guint32 previous = get_change (page, change)->previous;
  gpointer number = NULL;

  while (previous != FLATLINE_NO_EVENT
         && !g_hash_table_lookup_extended (page->numbers, GUINT_TO_POINTER (previous + 1), NULL, &number))
    previous = get_change (page, previous)->previous;
  g_string_append_printf (page->json, "%s[%d,", g_hash_table_size (page->numbers) ? ",\n" : "",
                          previous == FLATLINE_NO_EVENT ? -1 : (int)GPOINTER_TO_UINT (number));
  append_string (page->json, page->recording->names->pdata[get_change (page, change)->name]);
  g_string_append_c (page->json, ',');
  append_value (page->json, value);
  g_string_append_c (page->json, ']');
  g_hash_table_insert (page->numbers, GUINT_TO_POINTER (change + 1),
                       GUINT_TO_POINTER (g_hash_table_size (page->numbers)));
}

static void
append_changes (Page *page)
{
  g_autoptr (GArray) old = g_array_new (FALSE, FALSE, sizeof (guint32));
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, page->old);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint32 change = GPOINTER_TO_UINT (key) - 1;

      g_array_append_val (old, change);
    }
  g_array_sort (old, compare_numbers);
  g_string_append (page->json, "\"changes\":[");
  for (guint i = 0; i < old->len; i++)
    append_change (page, g_array_index (old, guint32, i));
  for (guint32 change = page->first_change; change < page->recording->changes->len; change++)
    if (get_change (page, change)->event < page->recording->events->len)
      append_change (page, change);
  g_string_append (page->json, "],\n");
}

/* Where an event is among those of the page, -1: not there. */
static int
find_number (Page *page, guint32 event, guint n_before)
{
  guint at;

  if (event == FLATLINE_NO_EVENT)
    return -1;
  if (event >= page->first)
    return event - page->first + n_before;
  return g_array_binary_search (page->events, &event, compare_numbers, &at) ? (int)at : -1;
}

static int
find_change_number (Page *page, guint32 change)
{
  gpointer number = NULL;

  while (change != FLATLINE_NO_EVENT
         && !g_hash_table_lookup_extended (page->numbers, GUINT_TO_POINTER (change + 1), NULL, &number))
    change = get_change (page, change)->previous;
  return change == FLATLINE_NO_EVENT ? -1 : (int)GPOINTER_TO_UINT (number);
}

static void
append_events (Page *page)
{
  FlatlineRecording *self = page->recording;
  guint n_before = page->events->len, n = n_before + self->events->len - page->first;

  g_string_append_printf (page->json, "\"first\":%u,\"events\":[", n_before);
  for (guint i = 0; i < n; i++)
    {
      guint32 event = i < n_before ? g_array_index (page->events, guint32, i) : page->first + i - n_before;
      const FlatlineEvent *at = get_event (page, event);
      guint32 code = g_array_index (self->calls, FlatlineRecordedCall, at->call).code;

      g_autoptr (FlatlineValue) result = flatline_recording_dup_result (self, event);

      g_string_append_printf (page->json, "%s[%u,%u,%u,%u,%d,%d,%u,%u,%" G_GINT64_FORMAT ",%d", i ? ",\n" : "",
                              at->kind, at->thread - 1u, code - 1, at->call, find_number (page, at->entry, n_before),
                              find_change_number (page, at->change), at->line, at->depth, at->time_us,
                              find_number (page, at->before, n_before));
      if (result)
        {
          g_string_append_c (page->json, ',');
          append_value (page->json, result);
        }
      g_string_append_c (page->json, ']');
    }
  g_string_append (page->json, "],\n");
}

static void
append_things (Page *page)
{
  FlatlineRecording *self = page->recording;

  g_string_append (page->json, "\"codes\":[");
  for (guint i = 1; i < self->codes->len; i++)
    {
      FlatlineRecordedCode *code = self->codes->pdata[i];

      g_string_append (page->json, i > 1 ? ",[" : "[");
      append_string (page->json, code->file);
      g_string_append_c (page->json, ',');
      append_string (page->json, code->qualified_name ? code->qualified_name : code->function);
      g_string_append_c (page->json, ']');
    }
  g_string_append (page->json, "],\n\"threads\":[");
  for (guint i = 1; i < self->threads->len; i++)
    {
      if (i > 1)
        g_string_append_c (page->json, ',');
      append_string (page->json, ((FlatlineRecordedThread *)self->threads->pdata[i])->thread->name);
    }
  g_string_append (page->json, "],\n\"sources\":{");
  for (guint i = 0; i < flatline_list_length (self->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (self->sources, i);

      if (i > 0)
        g_string_append_c (page->json, ',');
      append_string (page->json, source->file);
      g_string_append_c (page->json, ':');
      append_string (page->json, source->text);
    }
  g_string_append (page->json, "},\n");
}

/* What the player says to people. */
static void
append_words (Page *page)
{
  const char *const words[][2] = {
    { "call", _ ("called") },
    { "resume", _ ("goes on") },
    { "line", _ ("line") },
    { "exception", _ ("exception") },
    { "return", _ ("returns") },
    { "yield", _ ("yields") },
    { "unwind", _ ("left by an exception") },
    { "step", _ ("Step") },
    { "back", _ ("Step Back") },
    { "over", _ ("Step Over") },
    { "over-back", _ ("Step Over Back") },
    { "out", _ ("Step Out") },
    { "exception-next", _ ("Next Exception") },
    { "changed", _ ("Click a variable to go where it became what it is") },
    { "no-source", _ ("There is no source of this file") },
  };

  g_string_append (page->json, "\"words\":{");
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_string_append_printf (page->json, "%s\"%s\":", i ? "," : "", words[i][0]);
      append_string (page->json, words[i][1]);
    }
  g_string_append_c (page->json, '}');
}

char *
flatline_recording_html (FlatlineRecording *self, guint max_events)
{
  guint n = self->events->len, first = n > max_events ? n - max_events : 0;
  g_autofree char *command =
      self->program && self->program->argv ? g_strjoinv (" ", self->program->argv) : g_strdup ("");
  g_autofree char *title = g_markup_escape_text (command, -1);
  g_autofree char *ending = flatline_recording_dup_ending (self);
  g_autofree char *escaped_ending = g_markup_escape_text (ending ? ending : "", -1);
  g_autofree char *part = first == 0 ? g_strdup ("") : g_strdup_printf (_ ("The last %u of %u events."), max_events, n);
  Page page = { .recording = self,
                .first = first,
                .events = g_array_new (FALSE, FALSE, sizeof (guint32)),
                .old = g_hash_table_new (NULL, NULL),
                .numbers = g_hash_table_new (NULL, NULL),
                .json = g_string_new ("{") };
  GString *html = g_string_new (NULL);

  while (page.first_change < self->changes->len && get_change (&page, page.first_change)->event < first)
    page.first_change++;
  choose_events (&page);
  append_changes (&page);
  append_events (&page);
  append_things (&page);
  append_words (&page);
  g_string_append_c (page.json, '}');
  g_string_printf (html, FLATLINE_RECORDING_PAGE_HEAD, title, title, part, escaped_ending);
  g_string_append_len (html, page.json->str, page.json->len);
  g_string_append (html, FLATLINE_RECORDING_PAGE_TAIL);
  g_array_unref (page.events);
  g_hash_table_unref (page.old);
  g_hash_table_unref (page.numbers);
  g_string_free (page.json, TRUE);
  return g_string_free (html, FALSE);
}
