/* SPDX-License-Identifier: MIT */
/* record-image PID FILE: keeps what a look at a process takes. record_images.py calls it. */
#include "memory-image.h"

int
main (int argc, char **argv)
{
  g_autoptr (FlatlineMemoryImage) image = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 3)
    {
      g_printerr ("Usage: record-image PID FILE\n");
      return 2;
    }
  image = flatline_memory_image_record (g_ascii_strtoll (argv[1], NULL, 10), &error);
  if (!image || !flatline_memory_image_save (image, argv[2], &error))
    {
      g_printerr ("record-image: %s\n", error->message);
      return 1;
    }
  return 0;
}
