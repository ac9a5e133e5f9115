/* SPDX-License-Identifier: MIT */
/*
 * The living list of connections. A step writes what it gets done in a few milliseconds: first the rows that were read,
 * then a walk over the list takes out those that were not.
 */
#include "config.h"

#include "flatline-connection-roster.h"

#include "flatline-host-names.h"

#define STEP_US  3000
#define N_LET_GO 500

typedef struct
{
  gint64 pid;
  gint64 inode;
  guint addresses; /* hash, of what has no inode */
} Key;

typedef struct
{
  Key key;
  FlatlineConnection *row; /* owned */
  gint64 first_seen_us;
  gint64 read_at_us;
} Node;

typedef enum
{
  PHASE_ROWS, /* what was read is written into the list */
  PHASE_GONE, /* rows that were not read are marked or taken out */
  PHASE_REST, /* the reading is let go, which is work too when it was long */
} Phase;

struct _FlatlineConnectionRoster
{
  GObject parent_instance;
  GListStore *list;
  GHashTable *nodes; /* Key (of the node) -> Node */
  FlatlineHostNames *names;
  guint names_source;
  guint names_next;

  /* The reading that is being written */
  GPtrArray *reading; /* NULL none */
  gint64 read_at_us;
  gboolean marking;
  gboolean is_first;
  Phase phase;
  guint next;         /* index into the reading */
  guint n_to_walk;    /* rows at the beginning of the list that are still to be looked at */
  GPtrArray *changes; /* rows that were marked by this reading */
  guint step_source;
};

enum
{
  SETTLED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineConnectionRoster, flatline_connection_roster, G_TYPE_OBJECT)

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;

  return (guint)key->inode * 31 + (guint)key->pid + key->addresses;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *one = a, *other = b;

  return one->inode == other->inode && one->pid == other->pid && one->addresses == other->addresses;
}

static Key
make_key (const FlatlineConnection *connection)
{
  Key key = { .pid = connection->pid, .inode = connection->inode };

  if (connection->inode == 0)
    key.addresses = g_str_hash (connection->local_address ? connection->local_address : "") * 31
                    + g_str_hash (connection->remote_address ? connection->remote_address : "");
  return key;
}

static void
node_free (gpointer data)
{
  Node *node = data;

  g_object_unref (node->row);
  g_free (node);
}

static gboolean
has_changed (const FlatlineConnection *before, const FlatlineConnection *now)
{
  return g_strcmp0 (before->state, now->state) != 0 || g_strcmp0 (before->remote_address, now->remote_address) != 0
         || before->receive_queue != now->receive_queue || before->send_queue != now->send_queue
         || before->retransmits != now->retransmits || before->bytes_received != now->bytes_received
         || before->bytes_sent != now->bytes_sent;
}

static gint64
rate_since (const Node *node, const FlatlineConnection *now, gint64 read_at_us)
{
  gint64 elapsed_us = read_at_us - node->read_at_us;
  gint64 bytes;

  if (now->bytes_received < 0 || now->bytes_sent < 0 || elapsed_us <= 0)
    return -1;
  bytes = now->bytes_received - node->row->bytes_received + now->bytes_sent - node->row->bytes_sent;
  return MAX (bytes, 0) * G_USEC_PER_SEC / elapsed_us;
}

static void
note_change (FlatlineConnectionRoster *self, FlatlineConnection *row)
{
  if (row->change && *row->change)
    g_ptr_array_add (self->changes, g_object_ref (row));
}

static void
update_node (FlatlineConnectionRoster *self, Node *node, FlatlineConnection *now)
{
  FlatlineConnection *row = node->row;
  gboolean changed = has_changed (row, now);

  g_object_set (row, "bytes-per-second", rate_since (node, now, self->read_at_us), "age-ms",
                (self->read_at_us - node->first_seen_us) / 1000, "silent-ms", now->silent_ms, "change",
                self->marking && changed ? "changed" : NULL, NULL);
  if (changed)
    g_object_set (row, "state", now->state, "remote-address", now->remote_address, "receive-queue", now->receive_queue,
                  "send-queue", now->send_queue, "bytes-received", now->bytes_received, "bytes-sent", now->bytes_sent,
                  "retransmits", now->retransmits, NULL);
  if (row->fd != now->fd || row->peer_pid != now->peer_pid || g_strcmp0 (row->local_address, now->local_address) != 0)
    g_object_set (row, "fd", now->fd, "local-address", now->local_address, "peer-pid", now->peer_pid, "peer-process",
                  now->peer_process, NULL);
  node->read_at_us = self->read_at_us;
  note_change (self, row);
}

/* The row is the record that was read. */
static FlatlineConnection *
add_node (FlatlineConnectionRoster *self, FlatlineConnection *now)
{
  Node *node = g_new0 (Node, 1);

  node->key = make_key (now);
  node->row = g_object_ref (now);
  node->first_seen_us = node->read_at_us = self->read_at_us;
  now->age_ms = 0;
  now->bytes_per_second = -1;
  g_clear_pointer (&now->change, g_free);
  if (self->marking && !self->is_first)
    now->change = g_strdup ("new");
  note_change (self, now);
  g_hash_table_replace (self->nodes, &node->key, node);
  return now;
}

static void
name_other_end (FlatlineConnectionRoster *self, FlatlineConnection *row)
{
  const char *name;

  if (!row->protocol || (*row->protocol != 't' && *row->protocol != 'u') || g_str_equal (row->protocol, "unix"))
    return;
  name = flatline_host_names_find (self->names, row->remote_address);
  if (g_strcmp0 (name, row->remote_name) != 0)
    g_object_set (row, "remote-name", name, NULL);
}

static void
take_reading (FlatlineConnectionRoster *self, gint64 until_us)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new ();

  while (self->next < self->reading->len && g_get_monotonic_time () < until_us)
    {
      FlatlineConnection *now = self->reading->pdata[self->next++];
      Key key = make_key (now);
      Node *node = g_hash_table_lookup (self->nodes, &key);

      if (node && node->read_at_us == self->read_at_us)
        continue; /* the same socket by another descriptor */
      if (node)
        update_node (self, node, now);
      else
        g_ptr_array_add (added, add_node (self, now));
      name_other_end (self, node ? node->row : now);
    }
  if (added->len > 0)
    g_list_store_splice (self->list, g_list_model_get_n_items (G_LIST_MODEL (self->list)), 0, added->pdata, added->len);
}

/* From the end to the beginning, so that what is taken out moves nothing that is still to be looked at. */
static void
take_out_the_gone (FlatlineConnectionRoster *self, gint64 until_us)
{
  while (self->n_to_walk > 0 && g_get_monotonic_time () < until_us)
    {
      guint position = --self->n_to_walk;
      FlatlineConnection *row = flatline_list_peek (self->list, position);
      Key key = make_key (row);
      Node *node = g_hash_table_lookup (self->nodes, &key);

      if (node && node->read_at_us == self->read_at_us)
        continue;
      if (self->marking && g_strcmp0 (row->change, "gone") != 0)
        {
          g_object_set (row, "change", "gone", "bytes-per-second", (gint64)-1, NULL);
          note_change (self, row);
          continue;
        }
      g_list_store_remove (self->list, position);
      g_hash_table_remove (self->nodes, &key);
    }
}

static void
finish (FlatlineConnectionRoster *self)
{
  g_autoptr (GPtrArray) changes = g_steal_pointer (&self->changes);

  self->changes = g_ptr_array_new_with_free_func (g_object_unref);
  self->step_source = 0;
  g_clear_pointer (&self->reading, g_ptr_array_unref);
  g_signal_emit (self, signals[SETTLED], 0, changes);
}

static gboolean
step (gpointer user_data)
{
  FlatlineConnectionRoster *self = user_data;
  gint64 until_us = g_get_monotonic_time () + STEP_US;

  switch (self->phase)
    {
    case PHASE_ROWS:
      take_reading (self, until_us);
      if (self->next == self->reading->len)
        {
          self->n_to_walk = g_list_model_get_n_items (G_LIST_MODEL (self->list));
          self->phase = PHASE_GONE;
        }
      return G_SOURCE_CONTINUE;
    case PHASE_GONE:
      take_out_the_gone (self, until_us);
      if (self->n_to_walk == 0)
        self->phase = PHASE_REST;
      return G_SOURCE_CONTINUE;
    case PHASE_REST:
    default:
      if (self->reading->len > 0)
        {
          g_ptr_array_set_size (self->reading, (int)self->reading->len - (int)MIN (self->reading->len, N_LET_GO));
          return G_SOURCE_CONTINUE;
        }
      finish (self);
      return G_SOURCE_REMOVE;
    }
}

void
flatline_connection_roster_apply (FlatlineConnectionRoster *self,
                                  GPtrArray *reading,
                                  gint64 read_at_us,
                                  gboolean marking)
{
  g_return_if_fail (FLATLINE_IS_CONNECTION_ROSTER (self));
  g_return_if_fail (!self->reading);
  self->reading = reading;
  self->read_at_us = read_at_us;
  self->marking = marking;
  self->is_first = g_list_model_get_n_items (G_LIST_MODEL (self->list)) == 0;
  self->phase = PHASE_ROWS;
  self->next = 0;
  self->step_source = g_idle_add (step, self);
}

gboolean
flatline_connection_roster_is_busy (FlatlineConnectionRoster *self)
{
  return self->reading != NULL;
}

void
flatline_connection_roster_clear (FlatlineConnectionRoster *self)
{
  g_return_if_fail (FLATLINE_IS_CONNECTION_ROSTER (self));
  g_clear_handle_id (&self->step_source, g_source_remove);
  g_clear_handle_id (&self->names_source, g_source_remove);
  g_clear_pointer (&self->reading, g_ptr_array_unref);
  g_ptr_array_set_size (self->changes, 0);
  g_hash_table_remove_all (self->nodes);
  g_list_store_remove_all (self->list);
}

GListStore *
flatline_connection_roster_get_list (FlatlineConnectionRoster *self)
{
  return self->list;
}

/* Names that came after their rows. */
static gboolean
name_more (gpointer user_data)
{
  FlatlineConnectionRoster *self = user_data;
  gint64 until_us = g_get_monotonic_time () + STEP_US;
  guint n_rows = g_list_model_get_n_items (G_LIST_MODEL (self->list));

  while (self->names_next < n_rows && g_get_monotonic_time () < until_us)
    name_other_end (self, flatline_list_peek (self->list, self->names_next++));
  if (self->names_next < n_rows)
    return G_SOURCE_CONTINUE;
  self->names_source = 0;
  return G_SOURCE_REMOVE;
}

static void
on_resolved (FlatlineConnectionRoster *self)
{
  self->names_next = 0;
  if (!self->names_source)
    self->names_source = g_idle_add (name_more, self);
}

static void
flatline_connection_roster_dispose (GObject *object)
{
  FlatlineConnectionRoster *self = FLATLINE_CONNECTION_ROSTER (object);

  flatline_connection_roster_clear (self);
  G_OBJECT_CLASS (flatline_connection_roster_parent_class)->dispose (object);
}

static void
flatline_connection_roster_finalize (GObject *object)
{
  FlatlineConnectionRoster *self = FLATLINE_CONNECTION_ROSTER (object);

  g_object_unref (self->names);
  g_object_unref (self->list);
  g_hash_table_unref (self->nodes);
  g_ptr_array_unref (self->changes);
  G_OBJECT_CLASS (flatline_connection_roster_parent_class)->finalize (object);
}

static void
flatline_connection_roster_class_init (FlatlineConnectionRosterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_connection_roster_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_connection_roster_finalize;
  signals[SETTLED] = g_signal_new ("settled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
}

static void
flatline_connection_roster_init (FlatlineConnectionRoster *self)
{
  self->list = g_list_store_new (FLATLINE_TYPE_CONNECTION);
  self->nodes = g_hash_table_new_full (key_hash, key_equal, NULL, node_free);
  self->changes = g_ptr_array_new_with_free_func (g_object_unref);
  self->names = flatline_host_names_new ();
  g_signal_connect_object (self->names, "resolved", G_CALLBACK (on_resolved), self, G_CONNECT_SWAPPED);
}

FlatlineConnectionRoster *
flatline_connection_roster_new (void)
{
  return g_object_new (FLATLINE_TYPE_CONNECTION_ROSTER, NULL);
}
