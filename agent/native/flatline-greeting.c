/* SPDX-License-Identifier: MIT */
#include "flatline-greeting.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Returns how long it is; 0: it is no word to be filled in. */
static int
fill_word (const char *word, char *text, size_t size)
{
  struct timespec now;

  if (word[0] != '$')
    return 0;
  switch (word[1])
    {
    case 'P':
      return snprintf (text, size, "%d", (int)getpid ());
    case 'Q':
      return snprintf (text, size, "%d", (int)getppid ());
    case 'T':
      clock_gettime (CLOCK_REALTIME, &now);
      return snprintf (text, size, "%lld.%06ld", (long long)now.tv_sec, now.tv_nsec / 1000);
    default:
      return 0;
    }
}

size_t
flatline_greeting_fill (const char *template, char *text, size_t size)
{
  size_t length = 0;
  int word;

  while (*template && length < size)
    {
      word = fill_word (template, text + length, size - length);
      if (word == 0)
        text[length] = *template;
      length += word > 0 ? (size_t)word : 1;
      template += word > 0 ? 2 : 1;
    }
  return length < size ? length : 0;
}
