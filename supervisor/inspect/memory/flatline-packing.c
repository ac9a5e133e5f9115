/* SPDX-License-Identifier: MIT */
/* What systemd-coredump and people compress core files with, told by the first bytes. */
#include "config.h"

#include "flatline-packing.h"

#include <unistd.h>

static const struct
{
  const char *magic;
  const char *command;
} packings[] = {
  { "\x28\xb5\x2f\xfd", "zstd -d" }, { "\x04\x22\x4d\x18", "lz4 -d" }, { "\xfd\x37zXZ", "xz -dk" },
  { "\x1f\x8b", "gunzip -k" },       { "BZh", "bunzip2 -k" },
};

const char *
flatline_packing_find_command (int fd)
{
  char start[8] = { 0 };
  const gssize n = pread (fd, start, sizeof start - 1, 0);

  for (gsize i = 0; n > 0 && i < G_N_ELEMENTS (packings); i++)
    if (g_str_has_prefix (start, packings[i].magic))
      return packings[i].command;
  return NULL;
}
