/* SPDX-License-Identifier: MIT */
/*
 * Classes of the standard library, and of others, that write themselves by a sentence with attributes in it: {} is the
 * name of the class, {name} the attribute as str() has it, {name!r} as repr() has it, {one.other} an attribute of an
 * attribute, {@} the address.
 */
#include "flatline-library-text-private.h"
#include "flatline-text-fields.h"

#include <string.h>

/* Those that are made of others come before them. */
static const struct
{
  const char *type, *template;
} templates[] = {
  { "tempfile.TemporaryDirectory", "<{} {name!r}>" },
  { "traceback.FrameSummary", "<FrameSummary file {filename}, line {lineno} in {name}>" },
  { "statistics.NormalDist", "{}(mu={_mu!r}, sigma={_sigma!r})" },
  { "collections.UserDict", "{data!r}" },
  { "collections.UserList", "{data!r}" },
  { "collections.UserString", "{data!r}" },
  { "fractions.Fraction", "{}({_numerator!r}, {_denominator!r})" },
  { "logging.Filter", "<{} ({name})>" },
  { "logging.Formatter", "<{} ({_fmt})>" },
  { "typing.NewType", "{__module__}.{__qualname__}" },
  { "_weakrefset.WeakSet", "{data!r}" },
  { "weakref.WeakKeyDictionary", "<{} at {@}>" },
  { "weakref.WeakValueDictionary", "<{} at {@}>" },
  { "multiprocessing.sharedctypes.SynchronizedBase", "<{} wrapper for {_obj}>" },
  { "asyncio.subprocess.Process", "<{} {pid}>" },
  { "configparser.SectionProxy", "<Section: {_name}>" },
  { "argparse.ArgumentParser", "{}(prog={prog!r}, usage={usage!r}, description={description!r}, "
                               "formatter_class={formatter_class!r}, conflict_handler={conflict_handler!r}, "
                               "add_help={add_help!r})" },
  { "enum.auto", "{}({value!r})" },
  { "tarfile.TarInfo", "<{} {name!r} at {@}>" },
  { "typing.ForwardRef", "ForwardRef({__forward_arg__!r})" },
  { "concurrent.interpreters.Interpreter", "{}({_id!r})" },
  { "concurrent.interpreters._queues.Queue", "{}({_id!r})" },
  { "xml.etree.ElementTree.QName", "<{} {text!r}>" },
  { "unittest.mock._SentinelObject", "sentinel.{name}" },
  { "xml.dom.minidom.Element", "<DOM Element: {tagName} at {@}>" },
  { "zoneinfo._zoneinfo.ZoneInfo", "{}(key={_key!r})" },
  { "requests.models.Request", "<Request [{method}]>" },
  { "requests.models.PreparedRequest", "<PreparedRequest [{method}]>" },
  { "requests.models.Response", "<Response [{status_code}]>" },
  { "httpx.Response", "<Response [{status_code}]>" },
  { "click.core.Command", "<{} {name}>" },
  { "click.core.Parameter", "<{} {name}>" },
  { "jinja2.environment.Template", "<{} {name!r}>" },
  { "PIL.Image.Image", "<{} mode={_mode|mode} size={_size!r} at {@}>" },
  { "celery.app.base.Celery", "<{} {main} at {@}>" },
  { "celery.utils.dispatch.signal.Signal", "<{}: {name} providing_args={providing_args!r}>" },
  { "kombu.clocks.LamportClock", "<LamportClock: {value!r}>" },
  { "_pytest.main.Session", "<{} {name} exitstatus={exitstatus!r} testsfailed={testsfailed} "
                            "testscollected={testscollected}>" },
  { "_pytest.nodes.Node", "<{} {name}>" },
  { "_pytest.fixtures.TopRequest", "<FixtureRequest for {_pyfuncitem!r}>" },
  { "_pytest.fixtures.SubRequest", "<SubRequest {_fixturedef.argname!r} for {_pyfuncitem!r}>" },
  { "_pytest.fixtures.FixtureRequest", "<FixtureRequest for {_pyfuncitem!r}>" },
  { "_pytest.fixtures.FixtureDef", "<FixtureDef argname={argname!r} scope={_scope._value_!r} baseid={baseid!r}>" },
  { "_pytest.mark.structures.NodeKeywords", "<NodeKeywords for node {node}>" },
  { "pluggy._caller.HookCaller", "<HookCaller {name!r}>" },
  { "pluggy._hooks.HookCaller", "<HookCaller {name!r}>" },
  { "pluggy._impl.HookImpl", "<HookImpl plugin_name={plugin_name!r}, plugin={plugin!r}>" },
  { "pluggy._hooks.HookImpl", "<HookImpl plugin_name={plugin_name!r}, plugin={plugin!r}>" },
  { "sqlalchemy.engine.base.Engine", "Engine({url!r})" },
  { "sqlalchemy.sql.schema.MetaData", "{}()" },
  { "sqlalchemy.sql.schema.Table", "{}({name!r})" },
  { "sqlalchemy.sql.schema.Column", "{}({name!r})" },
  { "polars.datatypes.classes.DataType", "{}" },
  { "pydantic.types.SecretBytes", "{}(b'**********')" },
  { "pydantic.types._SecretBase", "{}('**********')" },
  { "pydantic.types._SecretField", "{}('**********')" },
  { "pydantic_core._pydantic_core.PydanticUndefinedType", "PydanticUndefined" },
  /* Those of xarray are tables; what is written instead makes one. */
  { "xarray.core.dataarray.DataArray", "{}({_variable!r}, name={_name!r}, coords={_coords!r})" },
  { "xarray.core.common.AbstractArray", "{}({_dims!r}, {_data!r})" },
  { "xarray.namedarray.core.NamedArray", "{}({_dims!r}, {_data!r})" },
  { "xarray.core.dataset.Dataset", "{}({_variables!r})" },
  { "xarray.core.indexing.PandasIndexingAdapter", "{}(array={array!r})" },
};

static const char *
find_template (FlatlineTextWriter *self, const FlatlineTypeInfo *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    if (flatline_type_cache_find_base (self->types, type, templates[i].type))
      return templates[i].template;
  return "";
}

gboolean
flatline_template_text_exists (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    if (strcmp (templates[i].type, type) == 0)
      return TRUE;
  return FALSE;
}

static guint64
follow (FlatlineTextWriter *self, guint64 object, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);

  for (char **name = names; *name && object; name++)
    object = flatline_text_get (self, object, *name);
  return object;
}

/* The attribute at the end of a path, "one" or "one.other"; of several ("one|two": it was called differently once) the
 * first that is there. */
static guint64
find_attribute (FlatlineTextWriter *self, guint64 object, const char *paths)
{
  g_auto (GStrv) list = g_strsplit (paths, "|", -1);
  guint64 found = 0;

  for (char **path = list; *path && !found; path++)
    found = follow (self, object, *path);
  return found;
}

void
flatline_library_append_template (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const char *at = find_template (self, type);

  while (*at)
    {
      const char *open = strchr (at, '{');
      const char *end = open ? strchr (open, '}') : NULL;
      g_autofree char *name = end ? g_strndup (open + 1, (gsize)(end - open - 1)) : NULL;
      const gboolean as_repr = name && g_str_has_suffix (name, "!r");

      if (!name)
        break;
      if (as_repr)
        name[strlen (name) - 2] = '\0';
      g_string_append_len (text, at, open - at);
      if (*name == '\0')
        g_string_append (text, flatline_text_short_name (type));
      else if (strcmp (name, "@") == 0)
        g_string_append_printf (text, "0x%" G_GINT64_MODIFIER "x", address);
      else if (as_repr)
        flatline_text_append_object (self, text, find_attribute (self, address, name));
      else
        flatline_text_append_plain (self, text, find_attribute (self, address, name));
      at = end + 1;
    }
  g_string_append (text, at);
}
