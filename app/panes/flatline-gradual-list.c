/* SPDX-License-Identifier: MIT */
/* A GtkSliceListModel whose end moves on by itself. */
#include "config.h"

#include "flatline-gradual-list.h"

/* GtkListView and GtkColumnView build at most about 200 rows, wherever the view is. */
#define N_BUILT 260
#define STEP_US 4000

typedef struct
{
  GtkSliceListModel *slice; /* borrowed: it owns this */
  GListModel *model;        /* borrowed */
  guint source;
} Growth;

static void
growth_free (gpointer data)
{
  Growth *growth = data;

  g_clear_handle_id (&growth->source, g_source_remove);
  g_free (growth);
}

static gboolean
grow (gpointer user_data)
{
  Growth *growth = user_data;
  gint64 until_us = g_get_monotonic_time () + STEP_US;
  guint n_gradual = MIN (g_list_model_get_n_items (growth->model), N_BUILT);
  guint size = gtk_slice_list_model_get_size (growth->slice);

  while (size < n_gradual)
    {
      gtk_slice_list_model_set_size (growth->slice, ++size >= N_BUILT ? G_MAXUINT : size);
      if (g_get_monotonic_time () >= until_us)
        return G_SOURCE_CONTINUE;
    }
  growth->source = 0;
  return G_SOURCE_REMOVE;
}

/* After the slice heard of it: before, a new size would tell of rows that nobody was told of. What went makes the slice
 * smaller, which nobody sees, so that what comes later comes step by step too. */
static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, GtkSliceListModel *slice)
{
  Growth *growth = g_object_get_data (G_OBJECT (slice), "flatline-growth");
  guint n_items = g_list_model_get_n_items (model);
  guint size = gtk_slice_list_model_get_size (slice);

  if (n_items < N_BUILT && size > n_items)
    gtk_slice_list_model_set_size (slice, n_items);
  else if (size < n_items && !growth->source)
    growth->source = g_idle_add (grow, growth);
}

GListModel *
flatline_gradual_list_new (GListModel *model)
{
  Growth *growth = g_new0 (Growth, 1);
  GtkSliceListModel *slice = gtk_slice_list_model_new (NULL, 0, 0);

  growth->slice = slice;
  growth->model = model;
  g_object_set_data_full (G_OBJECT (slice), "flatline-growth", growth, growth_free);
  gtk_slice_list_model_set_model (slice, model);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_items_changed), slice, 0);
  g_object_unref (model);
  on_items_changed (model, 0, 0, g_list_model_get_n_items (model), slice);
  return G_LIST_MODEL (slice);
}
