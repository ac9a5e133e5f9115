/* SPDX-License-Identifier: MIT */
/* Where the parts of a place in a file stand on a line, as Pango sets it. */
#include "flatline-place-text.h"

#include <pango/pangocairo.h>
#include <string.h>

static int
get_x (PangoLayout *layout, const char *part)
{
  const char *text = pango_layout_get_text (layout);
  const char *at = strstr (text, part);
  PangoRectangle place;

  g_assert_nonnull (at);
  pango_layout_index_to_pos (layout, (int)(at - text), &place);
  return MIN (place.x, place.x + place.width);
}

/* In windows of either direction. */
static void
assert_in_order (const char *place, const char *const *parts)
{
  static const PangoDirection directions[] = { PANGO_DIRECTION_LTR, PANGO_DIRECTION_RTL };
  g_autofree char *text = flatline_place_text_dup (place);

  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    {
      PangoContext *context = pango_font_map_create_context (pango_cairo_font_map_get_default ());
      PangoLayout *layout = pango_layout_new (context);

      pango_context_set_base_dir (context, directions[i]);
      pango_layout_set_text (layout, text, -1);
      for (guint k = 1; parts[k]; k++)
        g_assert_cmpint (get_x (layout, parts[k - 1]), <, get_x (layout, parts[k]));
      g_object_unref (layout);
      g_object_unref (context);
    }
}

static void
test_order (void)
{
  assert_in_order ("שעון.py:17", (const char *const[]){ "ש", "17", NULL });
  assert_in_order ("שעון 2.py:17", (const char *const[]){ "ש", "17", NULL });
  assert_in_order ("/srv/פרויקט/שעון.py:9", (const char *const[]){ "srv", "פ", "ש", "9", NULL });
  assert_in_order ("/srv/2024/פרויקט/2/ملف.py:9", (const char *const[]){ "2024", "פ", "م", "9", NULL });
}

static void
test_as_it_is (void)
{
  static const char *const places[] = { "deadlock.py:17", "/home/ada/été/時計.py:9", "libffi.so.8 · native", "",
                                        "\xff:1" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *text = flatline_place_text_dup (places[i]);

      g_assert_cmpstr (text, ==, places[i]);
    }
  g_assert_null (flatline_place_text_dup (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/place-text/order", test_order);
  g_test_add_func ("/window/place-text/as-it-is", test_as_it_is);
  return g_test_run ();
}
