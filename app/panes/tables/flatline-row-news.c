/* SPDX-License-Identifier: MIT */
/* Kept with the item of the row, for as long as somebody listens. */
#include "config.h"

#include "flatline-row-news.h"

#include "flatline-table-row.h"

typedef struct
{
  FlatlineRowNewsFunc func;
  gpointer data;
} Listener;

typedef struct
{
  GObject *item;   /* borrowed: it owns this */
  GObject *record; /* owned */
  gulong record_handler;
  gulong row_handler; /* 0: the record stays */
  GArray *listeners;
} News;

static GQuark
get_news_quark (void)
{
  return g_quark_from_static_string ("flatline-row-news");
}

static void
tell (News *news, const char *property)
{
  for (guint i = 0; i < news->listeners->len; i++)
    {
      const Listener *listener = &g_array_index (news->listeners, Listener, i);

      listener->func (listener->data, property);
    }
}

/* The names of properties are interned. */
static void
on_notify (News *news, GParamSpec *pspec)
{
  tell (news, pspec->name);
}

static void
follow (News *news, GObject *record)
{
  if (news->record)
    g_signal_handler_disconnect (news->record, news->record_handler);
  g_set_object (&news->record, record);
  news->record_handler = record ? g_signal_connect_swapped (record, "notify", G_CALLBACK (on_notify), news) : 0;
}

static void
on_record_changed (News *news)
{
  follow (news, flatline_table_row_get_record (FLATLINE_TABLE_ROW (news->item)));
  tell (news, NULL);
}

/* A row that is finalized has no handlers any more. */
static void
news_free (gpointer data)
{
  News *news = data;

  follow (news, NULL);
  g_array_unref (news->listeners);
  g_free (news);
}

static News *
ensure_news (GObject *item, GObject *record)
{
  News *news = g_object_get_qdata (item, get_news_quark ());

  if (news)
    return news;
  news = g_new0 (News, 1);
  news->item = item;
  news->listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  follow (news, record);
  if (FLATLINE_IS_TABLE_ROW (item))
    news->row_handler = g_signal_connect_swapped (item, "record-changed", G_CALLBACK (on_record_changed), news);
  g_object_set_qdata_full (item, get_news_quark (), news, news_free);
  return news;
}

void
flatline_row_news_join (GObject *item, GObject *record, FlatlineRowNewsFunc func, gpointer listener)
{
  News *news = ensure_news (item, record);
  Listener joining = { func, listener };

  g_array_append_val (news->listeners, joining);
}

void
flatline_row_news_leave (GObject *item, gpointer listener)
{
  News *news = g_object_get_qdata (item, get_news_quark ());

  for (guint i = 0; news && i < news->listeners->len; i++)
    if (g_array_index (news->listeners, Listener, i).data == listener)
      {
        g_array_remove_index_fast (news->listeners, i);
        break;
      }
  if (!news || news->listeners->len > 0)
    return;
  if (news->row_handler)
    g_signal_handler_disconnect (item, news->row_handler);
  g_object_set_qdata (item, get_news_quark (), NULL);
}
