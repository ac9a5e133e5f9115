/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRecord: plain data that knows its own fields.
 *
 * Every class of the model is a record: a struct with public fields, described once by a table of FlatlineField. From
 * that table come the GObject properties (so widgets bind to them) and the JSON form, both ways. JSON keys are the
 * property names with '-' written '_'. Code in the engine reads the struct directly; whoever changes a record that a
 * widget may be showing uses g_object_set(), which notifies.
 *
 * Records are not thread-safe: one is built in one thread and handed over whole. Even to read one that other threads
 * read takes a FlatlineSharedReading.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define FLATLINE_RECORD_MAX_DEPTH 128 /* of records in records, in JSON */

typedef enum
{
  FLATLINE_FIELD_BOOLEAN, /* gboolean */
  FLATLINE_FIELD_INTEGER, /* gint64 */
  FLATLINE_FIELD_ADDRESS, /* guint64; in JSON a string "0x…", since JSON numbers end at 2^53 */
  FLATLINE_FIELD_DOUBLE,  /* double */
  FLATLINE_FIELD_STRING,  /* char *, owned; NULL is left out of the JSON */
  FLATLINE_FIELD_STRV,    /* char **, owned; NULL is left out */
  FLATLINE_FIELD_RECORD,  /* a FlatlineRecord of record_type, owned; NULL is left out */
  FLATLINE_FIELD_LIST,    /* GListStore * of record_type, made on the first append; an empty one is left out */
} FlatlineFieldKind;

typedef struct
{
  const char *name; /* property name, words divided by '-' */
  FlatlineFieldKind kind;
  gsize offset; /* G_STRUCT_OFFSET in the record */
  GType (*record_type) (void);
  gboolean sparse; /* FALSE, 0 and 0x0 are left out of the JSON too */
} FlatlineField;

#define FLATLINE_TYPE_RECORD (flatline_record_get_type ())
G_DECLARE_DERIVABLE_TYPE (FlatlineRecord, flatline_record, FLATLINE, RECORD, GObject)

struct _FlatlineRecordClass
{
  GObjectClass parent_class;
  const FlatlineField *fields;
  guint n_fields;
  char **keys; /* of the fields, with quotes, as JSON has them */
};

/* Call from class_init; @fields must live for ever (static const). */
void
flatline_record_class_install_fields (FlatlineRecordClass *klass, const FlatlineField *fields, guint n_fields);

/* A JSON object with all fields, as a line of text (@pretty: indented); what is no UTF-8 is made valid. Transfer full.
 */
char *
flatline_record_to_json_string (FlatlineRecord *self, gboolean pretty);

/* The same as a tree, for small records that go into another one. Transfer full. */
JsonNode *
flatline_record_to_json (FlatlineRecord *self);

/*
 * Builds a record of @record_type from a JSON object. Unknown keys are ignored, a known key with a value of another
 * kind is G_IO_ERROR_INVALID_DATA. Nesting deeper than 128 is refused. Transfer full.
 */
FlatlineRecord *
flatline_record_from_json (GType record_type, JsonNode *node, GError **error);

/*
 * The same from the text of one, with little memory beside the records however long it is. Returns: NULL when it is not
 * understood; what is wrong with it, if anything, flatline_record_from_json() tells. Transfer full.
 */
FlatlineRecord *
flatline_record_from_text (GType record_type, const char *text, gsize length);

/* A copy of @record and of all that it holds, of the same class. Transfer full. */
gpointer
flatline_record_copy (gpointer record);

/*
 * Lets go of @record, or a list of them (transfer full, nullable), in a worker, a little later. A snapshot is a hundred
 * thousand objects, and the main thread has better to do than to free them.
 */
void
flatline_record_let_go (gpointer record);

/* Appends @item (transfer full) to a list field, making the list when it is NULL. */
void
flatline_list_append (GListStore **list, gpointer item);

/* A list of @items (each transfer full), told of at one go; NULL when there are none. */
GListStore *
flatline_list_new_from (GPtrArray *items);

/* The number of items; a NULL list is empty. */
guint
flatline_list_length (GListStore *list);

/* The item at @position without a reference of its own (the list keeps it alive), or NULL past the end. */
gpointer
flatline_list_peek (GListStore *list, guint position);

G_END_DECLS
