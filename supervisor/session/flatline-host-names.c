/* SPDX-License-Identifier: MIT */
/* Names of hosts, asked for once each; GResolver does the asking in threads of its own. */
#include "config.h"

#include "flatline-host-names.h"

#include <string.h>

#define MAX_ASKING 4
#define MAX_KNOWN  4096 /* a scanner of networks would fill the memory */
#define TELL_MS    200  /* answers that come together are told together */

struct _FlatlineHostNames
{
  GObject parent_instance;
  GHashTable *names; /* address -> name; "" while asked for, and for none */
  GQueue waiting;    /* addresses */
  GCancellable *cancellable;
  guint n_asking;
  guint tell_source;
};

enum
{
  RESOLVED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineHostNames, flatline_host_names, G_TYPE_OBJECT)

static void
flatline_host_names_dispose (GObject *object)
{
  FlatlineHostNames *self = FLATLINE_HOST_NAMES (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->tell_source, g_source_remove);
  g_queue_clear_full (&self->waiting, g_free);
  G_OBJECT_CLASS (flatline_host_names_parent_class)->dispose (object);
}

static void
flatline_host_names_finalize (GObject *object)
{
  FlatlineHostNames *self = FLATLINE_HOST_NAMES (object);

  g_hash_table_unref (self->names);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (flatline_host_names_parent_class)->finalize (object);
}

static void
flatline_host_names_class_init (FlatlineHostNamesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_host_names_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_host_names_finalize;
  signals[RESOLVED] =
      g_signal_new ("resolved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_host_names_init (FlatlineHostNames *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
}

FlatlineHostNames *
flatline_host_names_new (void)
{
  return g_object_new (FLATLINE_TYPE_HOST_NAMES, NULL);
}

static gboolean
tell (gpointer user_data)
{
  FlatlineHostNames *self = user_data;

  self->tell_source = 0;
  g_signal_emit (self, signals[RESOLVED], 0);
  return G_SOURCE_REMOVE;
}

typedef struct
{
  FlatlineHostNames *self; /* owned */
  char *address;
} Question;

static void
ask_next (FlatlineHostNames *self);

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (FlatlineHostNames) self = question->self;
  g_autofree char *name = g_resolver_lookup_by_address_finish (G_RESOLVER (source), result, NULL);

  self->n_asking--;
  if (name && *name && !g_cancellable_is_cancelled (self->cancellable))
    {
      g_hash_table_replace (self->names, g_strdup (question->address), g_steal_pointer (&name));
      if (!self->tell_source)
        self->tell_source = g_timeout_add (TELL_MS, tell, self);
    }
  g_free (question->address);
  g_free (question);
  ask_next (self);
}

static void
ask_next (FlatlineHostNames *self)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  while (self->n_asking < MAX_ASKING && !g_queue_is_empty (&self->waiting))
    {
      Question *question = g_new (Question, 1);
      g_autoptr (GInetAddress) address = NULL;

      question->self = g_object_ref (self);
      question->address = g_queue_pop_head (&self->waiting);
      address = g_inet_address_new_from_string (question->address);
      self->n_asking++;
      g_resolver_lookup_by_address_async (resolver, address, self->cancellable, on_answered, question);
    }
}

/* "192.0.2.7" of "192.0.2.7:443"; NULL when it is no address, or one that only this machine knows. */
static char *
dup_address (const char *endpoint)
{
  const char *colon = endpoint ? strrchr (endpoint, ':') : NULL;
  gboolean brackets = colon && *endpoint == '[' && colon[-1] == ']';
  g_autofree char *text = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (!colon)
    return NULL;
  text = brackets ? g_strndup (endpoint + 1, (gsize)(colon - endpoint) - 2)
                  : g_strndup (endpoint, (gsize)(colon - endpoint));
  address = g_inet_address_new_from_string (text);
  if (!address || g_inet_address_get_is_loopback (address) || g_inet_address_get_is_any (address))
    return NULL;
  return g_steal_pointer (&text);
}

const char *
flatline_host_names_find (FlatlineHostNames *self, const char *endpoint)
{
  g_autofree char *address = dup_address (endpoint);
  const char *name;

  g_return_val_if_fail (FLATLINE_IS_HOST_NAMES (self), NULL);
  if (!address)
    return NULL;
  name = g_hash_table_lookup (self->names, address);
  if (!name && g_hash_table_size (self->names) < MAX_KNOWN)
    {
      char *key = g_steal_pointer (&address);

      g_hash_table_insert (self->names, key, g_strdup (""));
      g_queue_push_tail (&self->waiting, g_strdup (key));
      ask_next (self);
    }
  return name && *name ? name : NULL;
}
