/* SPDX-License-Identifier: MIT */
/*
 * What C code does for the innermost Python code: the function that is called there, an operator, a regular expression.
 */
#include "flatline-program-facts.h"

#include <string.h>

/* CPython: Lib/re/__init__.py; from 3.15 on match() is prefixmatch(). */
#define RE_FUNCTIONS "match prefixmatch search fullmatch sub subn findall finditer split"

FlatlineFrame *
flatline_thread_find_native_work (FlatlineThread *thread)
{
  FlatlineFrame *frame = flatline_thread_peek_frame (thread, 0);

  if (!frame || flatline_frame_is_python (frame))
    return NULL;
  if (frame->function && strstr (frame->function, "PyEval_"))
    return NULL;
  return frame;
}

static gboolean
names_regular_expression (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, const char *expression)
{
  static const char *const methods[] = { "match", "search",   "fullmatch", "prefixmatch", "sub",
                                         "subn",  "finditer", "split",     "findall",     "scan" };
  FlatlineSourceFile *source = frame->file ? flatline_snapshot_find_source (diagnosis->snapshot, frame->file) : NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autofree char *object = flatline_source_dup_object (expression, methods[i]);
      g_autofree char *compiled = NULL;
      FlatlineValue *value;

      if (!object)
        continue;
      if (strcmp (object, "re") == 0)
        return TRUE;
      value = flatline_frame_find_local (frame, object);
      if (value && value->type && g_str_has_suffix (value->type, "re.Pattern"))
        return TRUE;
      compiled = g_strconcat (object, " = re.compile(", NULL);
      if (source && source->text && strstr (source->text, compiled))
        return TRUE;
    }
  return FALSE;
}

/* Whether the bracket that @text begins with is closed by its last character, or not within it. */
static gboolean
closes_at_end (const char *text)
{
  int depth = 0;
  char quote = '\0';

  for (const char *at = text; *at; at++)
    {
      if (quote)
        quote = *at == quote ? '\0' : quote;
      else if (*at == '\'' || *at == '"')
        quote = *at;
      else if (strchr ("([{", *at))
        depth++;
      else if (strchr (")]}", *at) && --depth == 0)
        return at[1] == '\0';
    }
  return TRUE;
}

/*
 * "sum" of "sum(range(9))", "hashlib.pbkdf2_hmac" of a call of it; NULL when the expression is no call. @exactly: it is
 * nothing but the call.
 */
static char *
dup_callee (const char *expression, gboolean exactly)
{
  const char *assigned = strstr (expression, " = ");
  gsize length = 0;

  /* Before 3.11 no columns are known and this is the whole line. */
  if (assigned && !memchr (expression, '(', assigned - expression))
    expression = assigned + strlen (" = ");
  if (g_str_has_prefix (expression, "return "))
    expression += strlen ("return ");

  while (g_ascii_isalnum (expression[length]) || strchr ("_.", expression[length]) || (expression[length] & 0x80))
    {
      if (expression[length] == '\0')
        return NULL;
      length++;
    }
  return length > 0 && expression[length] == '(' && (!exactly || closes_at_end (expression + length))
             ? g_strndup (expression, length)
             : NULL;
}

/* "3**n", "a + b", "x in seen": an operator between two operands, outside of texts in quotes. */
static gboolean
has_operator (const char *expression)
{
  char quote = '\0', before = '\0';

  for (const char *at = expression; *at; at++)
    {
      const gboolean follows_operand =
          g_ascii_isalnum (before) || before == '_' || (before & 0x80) || (before != '\0' && strchr (")]}'\"", before));

      if (quote)
        quote = *at == quote ? '\0' : quote;
      else if (*at == '\'' || *at == '"')
        quote = *at;
      else if (follows_operand
               && (strchr ("*/%@&|^<>", *at) || (strchr ("+-", *at) && at[1] != '>') || g_str_has_prefix (at, "==")
                   || g_str_has_prefix (at, "!=") || g_str_has_prefix (at, " in ")))
        return TRUE;
      if (*at != ' ')
        before = *at;
    }
  return FALSE;
}

/* "Decimal(2).sqrt()", "rows[0].sort()": which of the calls it is, only all of them together can tell. */
static gboolean
is_chained_call (const char *expression)
{
  const gsize length = strlen (expression);

  return length > 2 && expression[length - 1] == ')' && (strstr (expression, ").") || strstr (expression, "]."));
}

char *
flatline_diagnosis_dup_native_work (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *native = flatline_thread_find_native_work (thread);
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *expression = NULL;
  g_autofree char *outer = NULL;
  g_autofree char *callee = NULL;

  if (!innermost)
    return native && native->function ? g_strdup_printf (_ ("in %s()"), native->function) : NULL;
  expression = flatline_diagnosis_dup_expression (diagnosis, innermost);
  outer = flatline_diagnosis_dup_expression (diagnosis, place);
  if (flatline_thread_find_call (thread, "re/__init__.py", RE_FUNCTIONS)
      || flatline_thread_find_call (thread, "re.py", RE_FUNCTIONS)
      || (expression && names_regular_expression (diagnosis, innermost, expression)))
    return g_strdup_printf (_ ("matching a regular expression in ‘%s’"), outer             ? outer
                                                                         : place->function ? place->function
                                                                                           : "?");
  callee = expression ? dup_callee (expression,
                                    innermost->column > 0 || has_operator (expression) || is_chained_call (expression))
                      : NULL;
  if (callee && outer && flatline_frame_is_own (place) && flatline_frame_is_of_package (innermost))
    /* Translators: a function; a piece of source text: "np.linalg.svd(a)" */
    return g_strdup_printf (_ ("in %s(), which ‘%s’ has called"), callee, outer);
  if (callee)
    return g_strdup_printf (_ ("in %s()"), callee);
  if (expression && (has_operator (expression) || is_chained_call (expression)))
    return g_strdup_printf (_ ("computing ‘%s’"), expression);
  return native && native->function ? g_strdup_printf (_ ("in %s()"), native->function) : NULL;
}
