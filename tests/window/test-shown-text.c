/* SPDX-License-Identifier: MIT */
/* What of a text is shown otherwise than it is: what would act on the words around it, and nothing else. */
#include "flatline-shown-text.h"

static void
test_escapes (void)
{
  static const char *const texts[][2] = { { "bad \x1b[31mred\x7f\xc2\x9b", "bad \\x1b[31mred\\x7f\\x9b" },
                                          { "gnp\u202eexe.py", "gnp\\u202eexe.py" },
                                          { "\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e" },
                                          { "a\u2066b\u2067c\u2068d\u2069", "a\\u2066b\\u2067c\\u2068d\\u2069" } };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *shown = flatline_shown_text_dup (texts[i][0]);

      g_assert_cmpstr (shown, ==, texts[i][1]);
    }
}

/* Words of any language, families of emoji, quotes, what is no text. */
static void
test_as_it_is (void)
{
  static const char *const texts[] = {
    "",        "main.py", "שעון 2",       "می\u200cخواهم", "👩\u200d👧", "‘a’ … “b” – c",
    "a\tb\nc", "\u2065x", "\u206a\u2029", "\xe2\x80",      "\xff\xe2"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *shown = flatline_shown_text_dup (texts[i]);

      g_assert_cmpstr (shown, ==, texts[i]);
    }
  g_assert_null (flatline_shown_text_dup (NULL));
}

/* Places in a line are numbers of characters. */
static void
test_blots (void)
{
  g_autofree char *text = flatline_shown_text_blot (g_strdup ("if a: #\u202e b\u2066"));

  g_assert_cmpstr (text, ==, "if a: #\ufffd b\ufffd");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/shown-text/escapes", test_escapes);
  g_test_add_func ("/window/shown-text/as-it-is", test_as_it_is);
  g_test_add_func ("/window/shown-text/blots", test_blots);
  return g_test_run ();
}
