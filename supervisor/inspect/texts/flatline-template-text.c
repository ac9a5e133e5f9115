/* SPDX-License-Identifier: MIT */
/*
 * Classes of the standard library, and of others, that write themselves by a sentence with attributes in it: {} is the
 * name of the class, {*} with its module, {name} the attribute as str() has it, {name!r} as repr() has it, {name!x} in
 * hexadecimal, {name!n} how many items it has, {one.other} an attribute of an attribute, {@} the address, {@!d} in
 * decimal.
 */
#include "flatline-library-text-private.h"
#include "flatline-strings.h"
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
  { "enum._auto_null", "_auto_null" },
  { "enum._not_given", "<not given>" },
  { "NoDefaultType", "typing.NoDefault" },
  { "functools._PlaceholderType", "Placeholder" },
  { "dataclasses._FIELD_BASE", "{name}" },
  { "dataclasses._HAS_DEFAULT_FACTORY_CLASS", "<factory>" },
  { "tarfile.TarInfo", "<{} {name!r} at {@}>" },
  { "concurrent.interpreters.Interpreter", "{}({_id!r})" },
  { "concurrent.interpreters._queues.Queue", "{}({_id!r})" },
  { "xml.etree.ElementTree.QName", "<{} {text!r}>" },
  { "unittest.mock._SentinelObject", "sentinel.{name}" },
  { "unittest.mock._ANY", "<ANY>" },
  { "unittest.case.FunctionTestCase", "<{*} tec={_testFunc}>" },
  { "unittest.case.TestCase", "<{*} testMethod={_testMethodName}>" },
  { "unittest.suite.BaseTestSuite", "<{*} tests={_tests!r}>" },
  { "unittest.result.TestResult", "<{*} run={testsRun} errors={errors!n} failures={failures!n}>" },
  { "email.headerregistry.Address", "{}(display_name={_display_name!r}, username={_username!r}, domain={_domain!r})" },
  { "email.charset.Charset", "{input_charset}" },
  { "ctypes.CDLL", "<{} '{_name}', handle {_handle!x} at {@}>" },
  { "_frozen_importlib_external.FileFinder", "{}({path!r})" },
  { "importlib.metadata.EntryPoint", "{}(name={name!r}, value={value!r}, group={group!r})" },
  { "zipimport.zipimporter", "<zipimporter object \"{archive}/{prefix}\">" },
  { "zipfile.Path", "{}({root.filename!r}, {at!r})" },
  { "zipfile._path.Path", "{}({root.filename!r}, {at!r})" },
  { "xmlrpc.client.ServerProxy", "<{} for {_ServerProxy__host}{_ServerProxy__handler}>" },
  { "xmlrpc.client.DateTime", "<{} {value!r} at {@}>" },
  { "plistlib.UID", "{}({data!r})" },
  { "xml.dom.minidom.Element", "<DOM Element: {tagName} at {@}>" },
  { "zoneinfo._zoneinfo.ZoneInfo", "{}(key={_key!r})" },
  { "_frozen_importlib._ModuleLock", "{}({name!r}) at {@!d}" },
  { "_frozen_importlib._DummyModuleLock", "{}({name!r}) at {@!d}" },
  { "codecs.CodecInfo", "<{*} object for encoding {name} at {@}>" },
  { "collections.abc.MappingView", "{}({_mapping!r})" },
  { "_sitebuiltins.Quitter", "Use {name}() or {eof} to exit" },
  { "_sitebuiltins._Helper", "Type help() for interactive help, or help(object) for help about object." },
  { "__future__._Feature", "_Feature({optional!r}, {mandatory!r}, {compiler_flag!r})" },
  { "re._constants._NamedIntConstant", "{name}" },
  { "sre_constants._NamedIntConstant", "{name}" },
  { "re._parser.SubPattern", "{data!r}" },
  { "sre_parse.SubPattern", "{data!r}" },
  { "Token.MISSING", "<Token.MISSING>" },
  { "_ctypes.CFuncPtr", "<{} object at {@}>" },
  { "_ctypes.PyCFuncPtr", "<{} object at {@}>" },
  { "dis.Bytecode", "{}({_original_object!r})" },
  { "pydoc.Helper", "<pydoc.Helper instance>" },
  { "traceback._Sentinel", "<implicit>" },
  { "typing._Sentinel", "<sentinel>" },
  { "dis._Unknown", "<unknown>" },
  { "requests.models.Request", "<Request [{method}]>" },
  { "requests.models.PreparedRequest", "<PreparedRequest [{method}]>" },
  { "requests.models.Response", "<Response [{status_code}]>" },
  { "httpx.Response", "<Response [{status_code}]>" },
  { "click.core.BaseCommand", "<{} {name}>" },
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

/* An attribute as the letter behind its "!" wants it; as str() has it where there is none. */
static void
append_converted (FlatlineTextWriter *self, GString *text, guint64 object, char conversion)
{
  guint64 number = 0;

  if (conversion == 'r')
    flatline_text_append_object (self, text, object);
  else if (conversion == 'x' && flatline_int_read (self->target, object, &number))
    g_string_append_printf (text, "%" G_GINT64_MODIFIER "x", number);
  else if (conversion == 'n')
    g_string_append_printf (text, "%" G_GINT64_FORMAT, MAX (flatline_object_read_size (self->target, object), 0));
  else
    flatline_text_append_plain (self, text, object);
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
      char *mark = name ? strchr (name, '!') : NULL;
      const char conversion = mark ? mark[1] : '\0';

      if (!name)
        break;
      if (mark)
        *mark = '\0';
      g_string_append_len (text, at, open - at);
      if (*name == '\0')
        g_string_append (text, flatline_text_short_name (type));
      else if (strcmp (name, "@") == 0 && conversion == 'd')
        g_string_append_printf (text, "%" G_GUINT64_FORMAT, address);
      else if (strcmp (name, "@") == 0)
        g_string_append_printf (text, "0x%" G_GINT64_MODIFIER "x", address);
      else if (strcmp (name, "*") == 0)
        g_string_append (text, type->full_name);
      else
        append_converted (self, text, find_attribute (self, address, name), conversion);
      at = end + 1;
    }
  g_string_append (text, at);
}

/* Those that say all their attributes in turn, as many as their version of Python has. */
static const struct
{
  const char *type, *between, *names;
} listed[] = {
  { "dataclasses.Field", ",",
    "name type default default_factory init repr hash compare metadata kw_only doc _field_type" },
  { "dataclasses._DataclassParams", ",",
    "init repr eq order unsafe_hash frozen match_args kw_only slots weakref_slot" },
  { "argparse.Action", ", ", "option_strings dest nargs const default type choices required help metavar deprecated" },
};

void
flatline_library_append_listed (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const char *before = "";

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (guint i = 0; i < G_N_ELEMENTS (listed); i++)
    {
      g_auto (GStrv) names = flatline_type_cache_find_base (self->types, type, listed[i].type)
                                 ? g_strsplit (listed[i].names, " ", -1)
                                 : NULL;

      for (char **name = names; name && *name; name++)
        {
          const guint64 value = flatline_text_get (self, address, *name);

          if (value == 0)
            continue;
          g_string_append_printf (text, "%s%s=", before, *name);
          flatline_text_append_object (self, text, value);
          before = listed[i].between;
        }
    }
  g_string_append_c (text, ')');
}
