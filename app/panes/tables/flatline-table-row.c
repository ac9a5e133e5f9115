/* SPDX-License-Identifier: MIT */
/* FlatlineTableRow: a record and the word that it is another one now. */
#include "config.h"

#include "flatline-table-row.h"

struct _FlatlineTableRow
{
  GObject parent_instance;
  GObject *record;
};

G_DEFINE_FINAL_TYPE (FlatlineTableRow, flatline_table_row, G_TYPE_OBJECT)

static guint record_changed;

static void
flatline_table_row_finalize (GObject *object)
{
  g_object_unref (FLATLINE_TABLE_ROW (object)->record);
  G_OBJECT_CLASS (flatline_table_row_parent_class)->finalize (object);
}

static void
flatline_table_row_class_init (FlatlineTableRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_table_row_finalize;
  record_changed = g_signal_new ("record-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
flatline_table_row_init (FlatlineTableRow *self)
{
}

FlatlineTableRow *
flatline_table_row_new (gpointer record)
{
  FlatlineTableRow *self = g_object_new (FLATLINE_TYPE_TABLE_ROW, NULL);

  self->record = g_object_ref (record);
  return self;
}

gpointer
flatline_table_row_get_record (FlatlineTableRow *self)
{
  return self->record;
}

void
flatline_table_row_set_record (FlatlineTableRow *self, gpointer record)
{
  if (g_set_object (&self->record, record))
    g_signal_emit (self, record_changed, 0);
}
