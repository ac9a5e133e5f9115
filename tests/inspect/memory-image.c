/* SPDX-License-Identifier: MIT */
/* The file, gzipped: version, free-threaded, address of _PyRuntime, then pages, each with its number. */
#include "memory-image.h"

#include "flatline-paused-reading.h"
#include "flatline-target-finding.h"
#include "flatline-tasks.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/uio.h>

#define PAGE_BYTES  4096u
#define MAGIC       "FLATLINE IMAGE 1"
#define MAX_READ_MS 2000

typedef struct
{
  char magic[16];
  guint32 version;
  guint32 free_threaded;
  guint64 runtime;
  guint64 pid;
} Head;

typedef struct
{
  guint64 number; /* address / PAGE_BYTES */
  gsize length;   /* PAGE_BYTES, or less where it is cut off */
  guint8 bytes[PAGE_BYTES];
} Page;

/* A struct that the walk goes through: where spoiling hurts most. */
typedef struct
{
  guint64 address;
  guint size;
} Landmark;

struct _FlatlineMemoryImage
{
  Head head;
  GHashTable *pages; /* number in Page -> Page */
  GArray *landmarks; /* Landmark; NULL until asked for */
};

static FlatlineMemoryImage *
image_new (const Head *head)
{
  FlatlineMemoryImage *self = g_new0 (FlatlineMemoryImage, 1);

  self->head = *head;
  self->pages = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return self;
}

void
flatline_memory_image_free (FlatlineMemoryImage *self)
{
  g_hash_table_unref (self->pages);
  g_clear_pointer (&self->landmarks, g_array_unref);
  g_free (self);
}

static void
add_page (FlatlineMemoryImage *self, guint64 number, const guint8 *bytes, gsize length)
{
  Page *page = g_new0 (Page, 1);

  page->number = number;
  page->length = length;
  memcpy (page->bytes, bytes, length);
  g_hash_table_replace (self->pages, &page->number, page);
}

/* FlatlineMemoryReadFunc over the pages. */
static gboolean
read_pages (gpointer source, guint64 address, void *buffer, gsize length)
{
  FlatlineMemoryImage *self = source;
  guint8 *out = buffer;

  while (length > 0)
    {
      const guint64 number = address / PAGE_BYTES;
      const gsize offset = address % PAGE_BYTES, part = MIN (length, PAGE_BYTES - offset);
      const Page *page = g_hash_table_lookup (self->pages, &number);

      if (!page || offset + part > page->length)
        return FALSE;
      memcpy (out, page->bytes + offset, part);
      out += part;
      address += part;
      length -= part;
    }
  return TRUE;
}

/* --- recording --- */

/* FlatlineMemoryReadFunc over a process, which keeps every page that it touches. */
static gboolean
read_and_keep (gpointer source, guint64 address, void *buffer, gsize length)
{
  FlatlineMemoryImage *self = source;

  for (guint64 number = address / PAGE_BYTES; number <= (address + length - 1) / PAGE_BYTES; number++)
    {
      guint8 bytes[PAGE_BYTES];
      struct iovec local = { bytes, PAGE_BYTES };
      struct iovec remote = { GSIZE_TO_POINTER (number * PAGE_BYTES), PAGE_BYTES };

      if (g_hash_table_contains (self->pages, &number))
        continue;
      if (process_vm_readv ((pid_t)self->head.pid, &local, 1, &remote, 1, 0) != PAGE_BYTES)
        return FALSE;
      add_page (self, number, bytes, PAGE_BYTES);
    }
  return read_pages (self, address, buffer, length);
}

static FlatlineCaptureBudget
budget_of_images (void)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();

  budget.max_items = 10;
  budget.max_ms = MAX_READ_MS;
  return budget;
}

static FlatlineSnapshot *
read_target (FlatlineTarget *target)
{
  const FlatlineCaptureBudget budget = budget_of_images ();
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("image");
  g_autoptr (FlatlineCodeCache) codes = flatline_code_cache_new (target);
  g_autoptr (FlatlineTypeCache) types = flatline_type_cache_new (target);
  g_autoptr (FlatlineObjectReader) objects = flatline_object_reader_new (target, types, codes);
  g_autoptr (FlatlineStacks) stacks = flatline_stacks_new ();
  FlatlinePythonReading reading = {
    .pid = target->pid,
    .target = target,
    .codes = codes,
    .types = types,
    .objects = objects,
    .stacks = stacks,
    .budget = &budget,
    .snapshot = snapshot,
    .deadline_us = g_get_monotonic_time () + MAX_READ_MS * 1000,
  };
  FlatlineThread *main_thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", target->pid, "native-id", target->pid, NULL);

  /* As the kernel would say of one that waits for a lock: then locks are searched for. */
  main_thread->syscall = g_strdup ("futex");
  main_thread->syscall_args = g_strsplit ("0x1000 0x189 0x0 0x0 0x0 0x0", " ", -1);
  flatline_list_append (&snapshot->threads, main_thread);
  flatline_python_threads_read (&reading);
  flatline_tasks_read (&reading);
  return snapshot;
}

FlatlineMemoryImage *
flatline_memory_image_record (gint64 pid, GError **error)
{
  const Head head = { .magic = MAGIC, .pid = (guint64)pid };
  g_autoptr (FlatlineMemoryImage) self = image_new (&head);
  g_autoptr (FlatlineTarget) target =
      flatline_target_find (pid, flatline_memory_new (read_and_keep, self, NULL), error);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;

  if (!target)
    return NULL;
  /* Finding it looked through more than reading it does. */
  g_hash_table_remove_all (self->pages);
  flatline_memory_drop_pages (target->memory);
  self->head.version = target->layout.version;
  self->head.free_threaded = (guint32)target->layout.free_threaded;
  self->head.runtime = target->runtime;
  if (target->layout.published_size > 0)
    {
      g_autofree guint8 *blob = g_malloc (target->layout.published_size);

      flatline_memory_read_direct (target->memory, target->runtime, blob, target->layout.published_size);
    }
  snapshot = read_target (target);
  return g_steal_pointer (&self);
}

/* --- the file --- */

static gint
compare_pages (gconstpointer a, gconstpointer b)
{
  const Page *one = a, *other = b;

  return one->number < other->number ? -1 : one->number > other->number;
}

gboolean
flatline_memory_image_save (FlatlineMemoryImage *self, const char *file, GError **error)
{
  g_autoptr (GFile) place = g_file_new_for_path (file);
  g_autoptr (GFileOutputStream) stream = g_file_replace (place, NULL, FALSE, G_FILE_CREATE_NONE, NULL, error);
  g_autoptr (GZlibCompressor) zip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GOutputStream) out = NULL;
  g_autoptr (GList) pages = NULL;

  if (!stream)
    return FALSE;
  out = g_converter_output_stream_new (G_OUTPUT_STREAM (stream), G_CONVERTER (zip));
  if (!g_output_stream_write_all (out, &self->head, sizeof self->head, NULL, NULL, error))
    return FALSE;
  pages = g_list_sort (g_hash_table_get_values (self->pages), compare_pages);
  for (GList *at = pages; at; at = at->next)
    {
      const Page *page = at->data;

      if (!g_output_stream_write_all (out, &page->number, sizeof page->number, NULL, NULL, error)
          || !g_output_stream_write_all (out, page->bytes, PAGE_BYTES, NULL, NULL, error))
        return FALSE;
    }
  return g_output_stream_close (out, NULL, error);
}

FlatlineMemoryImage *
flatline_memory_image_load (const char *file, GError **error)
{
  g_autoptr (GFile) place = g_file_new_for_path (file);
  g_autoptr (GFileInputStream) stream = g_file_read (place, NULL, error);
  g_autoptr (GZlibDecompressor) zip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) in = NULL;
  g_autoptr (FlatlineMemoryImage) self = NULL;
  guint8 bytes[sizeof (guint64) + PAGE_BYTES];
  Head head;
  gsize got;

  if (!stream)
    return NULL;
  in = g_converter_input_stream_new (G_INPUT_STREAM (stream), G_CONVERTER (zip));
  if (!g_input_stream_read_all (in, &head, sizeof head, &got, NULL, error))
    return NULL;
  if (got < sizeof head || memcmp (head.magic, MAGIC, sizeof head.magic) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is no image", file);
      return NULL;
    }
  self = image_new (&head);
  while (g_input_stream_read_all (in, bytes, sizeof bytes, &got, NULL, error) && got == sizeof bytes)
    {
      guint64 number;

      memcpy (&number, bytes, sizeof number);
      add_page (self, number, bytes + sizeof number, PAGE_BYTES);
    }
  return got == 0 ? g_steal_pointer (&self) : NULL;
}

/* --- reading --- */

/* NULL: what it begins with is spoiled. */
static FlatlineTarget *
make_target (FlatlineMemoryImage *self)
{
  g_autoptr (FlatlineTarget) target = g_new0 (FlatlineTarget, 1);
  const FlatlineLayout *layout = flatline_layout_find (self->head.version, self->head.free_threaded != 0);

  target->memory = flatline_memory_new (read_pages, self, NULL);
  if (!layout)
    return NULL;
  target->pid = (gint64)self->head.pid;
  target->is_core = TRUE;
  target->layout = *layout;
  target->runtime = self->head.runtime;
  if (layout->published_size > 0)
    {
      g_autofree guint8 *blob = g_malloc0 (layout->published_size);

      if (!flatline_memory_read_direct (target->memory, target->runtime, blob, layout->published_size)
          || !flatline_layout_apply_published (&target->layout, blob, layout->published_size, NULL))
        return NULL;
    }
  if (!flatline_target_is_plausible (target->memory, &target->layout, target->runtime))
    return NULL;
  return g_steal_pointer (&target);
}

FlatlineSnapshot *
flatline_memory_image_read (FlatlineMemoryImage *self)
{
  g_autoptr (FlatlineTarget) target = make_target (self);

  return target ? read_target (target) : NULL;
}

/* --- garbage --- */

static void
add_landmark (GArray *landmarks, guint64 address, gint32 size)
{
  const Landmark landmark = { address & ~G_GUINT64_CONSTANT (7), (guint)CLAMP (size, 8, (gint32)PAGE_BYTES) };

  if (address != 0)
    g_array_append_val (landmarks, landmark);
}

/* The runtime, interpreters, thread states, frames, their code objects, globals and first locals. */
static GArray *
find_landmarks (FlatlineMemoryImage *self)
{
  GArray *landmarks = g_array_new (FALSE, FALSE, sizeof (Landmark));
  g_autoptr (FlatlineTarget) target = make_target (self);
  g_autoptr (FlatlineStacks) stacks = flatline_stacks_new ();

  g_assert_nonnull (target);
  flatline_stacks_read (stacks, target, 1000, FLATLINE_STACKS_HELD);
  add_landmark (landmarks, target->runtime, target->layout.runtime_interpreters_head + 64);
  for (guint i = 0; i < stacks->stacks->len; i++)
    {
      const FlatlineStack *stack = &g_array_index (stacks->stacks, FlatlineStack, i);
      const FlatlineFrameState *frames = flatline_stacks_get_frames (stacks, stack);

      add_landmark (landmarks, stack->state.interp, 1024);
      add_landmark (landmarks, stack->state.address, target->layout.thread_size);
      for (guint j = 0; j < stack->n_frames; j++)
        {
          guint64 local = 0;

          add_landmark (landmarks, frames[j].address, target->layout.frame_localsplus + 64);
          add_landmark (landmarks, frames[j].code, target->layout.code_size + 32);
          add_landmark (landmarks, frames[j].globals, 64);
          flatline_memory_read_u64 (target->memory, frames[j].locals, &local);
          add_landmark (landmarks, flatline_untag (local), 64);
        }
    }
  return landmarks;
}

typedef struct
{
  GHashTable *pages; /* of the copy that is spoiled */
  GPtrArray *list;   /* the same pages, by number */
  GArray *landmarks;
  GRand *rand;
} Spoiling;

static Page *
choose_page (Spoiling *spoiling)
{
  return g_ptr_array_index (spoiling->list, g_rand_int_range (spoiling->rand, 0, (gint)spoiling->list->len));
}

static guint64
choose_landmark_word (Spoiling *spoiling)
{
  const Landmark *landmark = &g_array_index (spoiling->landmarks, Landmark,
                                             g_rand_int_range (spoiling->rand, 0, (gint)spoiling->landmarks->len));

  return landmark->address + (guint64)g_rand_int_range (spoiling->rand, 0, (gint)landmark->size / 8) * 8;
}

static guint64
choose_word (Spoiling *spoiling, guint64 word, guint64 address)
{
  GRand *rand = spoiling->rand;
  const Page *other = choose_page (spoiling);

  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0: /* a bit */
      return word ^ G_GUINT64_CONSTANT (1) << g_rand_int_range (rand, 0, 64);
    case 1: /* somewhere else */
      return other->number * PAGE_BYTES + (guint64)g_rand_int_range (rand, 0, PAGE_BYTES / 16) * 16;
    case 2: /* what another word has: circles, types for values */
      memcpy (&word, other->bytes + (guint)g_rand_int_range (rand, 0, PAGE_BYTES / 8) * 8, sizeof word);
      return word;
    case 3: /* a count that is far too large, or less than nothing */
      return g_rand_boolean (rand) ? (guint64)(G_MAXINT64 >> g_rand_int_range (rand, 0, 48))
                                   : (guint64)-g_rand_int_range (rand, 1, 100);
    case 4: /* the beginning of another struct: circles of threads and frames */
      return g_array_index (spoiling->landmarks, Landmark, g_rand_int_range (rand, 0, (gint)spoiling->landmarks->len))
          .address;
    default: /* itself */
      return address & ~G_GUINT64_CONSTANT (15);
    }
}

static void
spoil_word (Spoiling *spoiling, guint64 address)
{
  const guint64 number = address / PAGE_BYTES;
  Page *page = g_hash_table_lookup (spoiling->pages, &number);
  guint64 word;

  if (!page)
    return;
  memcpy (&word, page->bytes + address % PAGE_BYTES, sizeof word);
  word = choose_word (spoiling, word, address);
  memcpy (page->bytes + address % PAGE_BYTES, &word, sizeof word);
}

static void
spoil_somewhere (Spoiling *spoiling)
{
  GRand *rand = spoiling->rand;
  Page *page = choose_page (spoiling);

  switch (g_rand_int_range (rand, 0, 16))
    {
    case 0:
      page->length = (gsize)g_rand_int_range (rand, 0, PAGE_BYTES);
      break;
    case 1:
      for (guint i = 0; i < PAGE_BYTES; i++)
        page->bytes[i] = (guint8)g_rand_int (rand);
      break;
    case 2:
      memset (page->bytes, g_rand_boolean (rand) ? 0xff : 0, PAGE_BYTES);
      break;
    case 3:
    case 4:
    case 5:
    case 6:
      spoil_word (spoiling, page->number * PAGE_BYTES + (guint64)g_rand_int_range (rand, 0, PAGE_BYTES / 8) * 8);
      break;
    default:
      spoil_word (spoiling, choose_landmark_word (spoiling));
      break;
    }
}

FlatlineMemoryImage *
flatline_memory_image_spoil (FlatlineMemoryImage *self, guint32 seed)
{
  FlatlineMemoryImage *spoiled = image_new (&self->head);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_values (self->pages), compare_pages);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  const guint n_changes = 1u << g_rand_int_range (rand, 0, 8);

  if (!self->landmarks)
    self->landmarks = find_landmarks (self);
  for (GList *at = sorted; at; at = at->next)
    {
      const Page *page = at->data;

      add_page (spoiled, page->number, page->bytes, page->length);
      g_ptr_array_add (list, g_hash_table_lookup (spoiled->pages, &page->number));
    }
  for (guint i = 0; i < n_changes; i++)
    spoil_somewhere (&(Spoiling){ spoiled->pages, list, self->landmarks, rand });
  return spoiled;
}
