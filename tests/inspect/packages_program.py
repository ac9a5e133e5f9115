# SPDX-License-Identifier: MIT
"""Values of packages that many programs use, as far as they are installed; a group each, named by the package."""
import json
import sys


def msgspec_values():
    import msgspec

    class Base(msgspec.Struct):
        number: int
        text: str = 'x'

    class Derived(Base, kw_only=True):
        items: list

    class Recursive(msgspec.Struct, dict=True):
        other: object = None

    base, derived, recursive = Base(1), Derived(2, items=[Base(3)]), Recursive(Recursive())
    return {'base': base, 'derived': derived, 'recursive': recursive}, {}


def sqlalchemy_values():
    import sqlalchemy

    url = sqlalchemy.engine.make_url('postgresql://ann:secret@h.org:5432/stock')
    table = sqlalchemy.Table('stock', sqlalchemy.MetaData(), sqlalchemy.Column('id', sqlalchemy.Integer))
    engine = sqlalchemy.create_engine('sqlite:////tmp/x')
    with sqlalchemy.create_engine('sqlite://').connect() as connection:
        row = connection.execute(sqlalchemy.text("select 1 as number, 'x' as text, null as missing")).one()
        rows = connection.execute(sqlalchemy.text('select 1 union select 2')).all()
    return {'row': row, 'rows': rows, 'url': url, 'engine': engine, 'metadata': table.metadata, 'table': table,
            'column': table.c.id}, {'table': "Table('stock')", 'column': "Column('id')"}


def xarray_values():
    import xarray

    variable = xarray.Variable(('x', 'y'), [[1, 2], [3, 4]])
    array = xarray.DataArray([1.5, 2.5], dims='x', name='heights')
    dataset = xarray.Dataset({'a': ('x', [1, 2])})
    items = 'array([[1, 2], [3, 4]], shape=(2, 2), dtype=int64)'
    return {'variable': variable, 'array': array, 'dataset': dataset}, {
        'variable': f"Variable(('x', 'y'), {items})",
        'array': "DataArray(Variable(('x',), array([1.5, 2.5], shape=(2,), dtype=float64)), name='heights', coords={})",
        'dataset': "Dataset({'a': Variable(('x',), array([1, 2], shape=(2,), dtype=int64))})"}


def pandas_values():
    import pandas

    categories = pandas.Categorical(['a', None, 'b'])
    numbers = pandas.array([1, None], dtype='Int64')
    texts = pandas.array(['a', None], dtype='string')
    column = pandas.Series(['a', None], dtype='string')
    assert list(column) == ['a', pandas.NA]
    function, method = pandas._libs.lib.is_scalar, pandas.Timestamp('2024-01-01').isoformat
    return {'categories': categories, 'numbers': numbers, 'texts': texts, 'column': column, 'method': method,
            'function': function}, {
        'categories': "Categorical(['a', nan, 'b'])", 'numbers': 'IntegerArray([1, <NA>])',
        'texts': f"{type(texts).__name__}(['a', <NA>])",
        'column': "Series(['a', <NA>], index=RangeIndex(start=0, stop=2, step=1))",
        'method': f'<bound method {method.__qualname__} of {method.__self__!r}>'}


def pyarrow_values():
    import datetime

    import pyarrow

    values, texts = {}, {}
    kinds = [(name, [1, None, 0, 100]) for name in 'int8 int16 int32 int64 uint8 uint16 uint32 uint64'.split()]
    kinds += [('float32', [0.5, None, -2.0]), ('float64', [0.1, None, 1e300]), ('bool_', [True, False, None, True] * 5),
              ('string', ['a', None, 'ä🐍', '']), ('large_string', ['x' * 100, None]), ('int64', [])]
    for i, (name, items) in enumerate(kinds):
        array = pyarrow.array(items, getattr(pyarrow, name)())
        shown = ['null' if item is None else repr(item) for item in items]
        for what, start in (('whole', 0), ('slice', 1)):
            values[f'{what}_{i}'] = array[start:]
            texts[f'{what}_{i}'] = f'{type(array).__name__}([{", ".join(shown[start:])}])'
        values[f'chunks_{i}'] = pyarrow.chunked_array([array[2:], array[:1], array])
        texts[f'chunks_{i}'] = f'ChunkedArray([{", ".join(shown[2:] + shown[:1] + shown)}])'
    days = pyarrow.array([datetime.date(1969, 12, 31), None])
    nested = pyarrow.array([[1], [2]])
    return {**values, 'days': days, 'nested': nested}, {
        **texts, 'days': 'Date32Array([1969-12-31, null])', 'nested': object.__repr__(nested)}


def numpy_values():
    import numpy

    record = numpy.rec.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])[0]
    return {'record': record}, {}


def requests_values():
    import requests

    request = requests.Request('GET', 'http://h.org/')
    response = requests.Response()
    response.status_code = 404
    headers = requests.structures.CaseInsensitiveDict({'Accept': '*/*', 'X-Ä': 1})
    return {'request': request, 'prepared': request.prepare(), 'response': response, 'headers': headers}, {}


def httpx_values():
    import httpx

    request = httpx.Request('POST', 'https://ann:secret@h.org:8443/p?q=1#x')
    return {'request': request, 'url': request.url, 'local': httpx.URL('/p'), 'named': httpx.URL('http://ann@h.org'),
            'response': httpx.Response(404)}, {
        'request': "<Request('POST', 'https://ann:[secure]@h.org:8443/p?q=1#x')>", 'response': '<Response [404]>'}


def yarl_values():
    import yarl

    return {'url': yarl.URL('https://h.org:8443/p?q=1#x'), 'local': yarl.URL('/p'),
            'secret': yarl.URL('https://ann:sec:ret@h.org/'), 'user': yarl.URL('https://ann@h.org')}, {
        'secret': "URL('https://ann:[secure]@h.org/')"}


def multidict_values():
    import multidict

    values = {}
    for name, kind, proxy in (('plain', multidict.MultiDict, multidict.MultiDictProxy),
                              ('headers', multidict.CIMultiDict, multidict.CIMultiDictProxy)):
        for size in (0, 1, 2, 7, 40):
            items = kind([(f'X-{i % 5}', None if i == 3 else i) for i in range(size)])
            values[f'{name}_{size}'] = items
            values[f'{name}_{size}_proxy'] = proxy(items)
        del items['X-1']
        items[multidict.istr('Ä')] = items.copy()
        values |= {f'{name}_changed': items, f'{name}_keys': kind(a='x', b=2).keys(),
                   f'{name}_values': kind(a='x', b=2).values(), f'{name}_items': kind(a='x', b=2).items()}

    class Form(multidict.MultiDict):
        pass

    form = Form(a=1)
    if hasattr(multidict, '__version__') and multidict.__version__ >= '6.1':  # before, it shows itself for ever
        form['itself'] = form
    views = [name for name in values if name.endswith(('_keys', '_values', '_items'))]
    # Releases before 6.1 leave out the brackets of these.
    return {**values, 'form': form}, {name: f'<{repr(values[name]).strip("<>")}>' for name in views}


def lxml_values():
    import lxml.etree

    root = lxml.etree.fromstring('<a:root xmlns:a="http://h.org/"><child/></a:root>')
    comment = lxml.etree.Comment('x')
    return {'root': root, 'child': root[0], 'comment': comment}, {
        'comment': f'<lxml.etree._Comment object at {id(comment):#x}>'}


def dateutil_values():
    from dateutil.relativedelta import FR, relativedelta

    return {'added': relativedelta(years=-1, days=3, hours=1.5),
            'put': relativedelta(year=2024, minute=0), 'none': relativedelta(),
            'day': relativedelta(days=1, weekday=3, month=2), 'last': FR(-1)}, {}


def click_values():
    import click

    return {'command': click.Command('go'), 'option': click.Option(['--far'])}, {}


def jinja2_values():
    import jinja2

    loader = jinja2.DictLoader({'page.html': '{{ x }}'})
    return {'template': jinja2.Environment(loader=loader).get_template('page.html')}, {}


def PIL_values():
    from PIL import Image

    image = Image.new('RGB', (3, 4))
    return {'image': image}, {'image': f'<Image mode=RGB size=(3, 4) at {id(image):#x}>'}


def polars_values():
    import polars

    return {'schema': polars.DataFrame({'a': [1], 'b': ['x']}).schema}, {}


def pydantic_values():
    import pydantic

    class Person(pydantic.BaseModel):
        name: str
        token: pydantic.SecretStr

    errors = []
    for values in ({}, {'name': 'ann'}):
        try:
            Person(**values)
        except pydantic.ValidationError as error:
            errors.append(error)
    return {'person': Person(name='ann', token='x'), 'secret': pydantic.SecretStr('x'),
            'bytes': pydantic.SecretBytes(b'x'), 'errors': errors,
            'undefined': Person.model_fields['name'].default}, {
        'errors': "[ValidationError('2 validation errors for Person'), ValidationError('1 validation error for Person')]"}


def celery_values():
    import celery
    import celery.signals

    application = celery.Celery('shop')
    application.clock.forward()
    return {'application': application, 'clock': application.clock, 'signal': celery.signals.task_prerun}, {}


def pytest_values():
    import contextlib
    import io
    import os
    import tempfile

    import pytest

    found = {}

    class Plugin:
        @pytest.fixture
        def number(self, request):
            found['inner'] = request
            return 1

        def pytest_pyfunc_call(self, pyfuncitem):
            request = pyfuncitem._request
            found.update(item=pyfuncitem, session=pyfuncitem.session, module=pyfuncitem.parent, request=request,
                         definition=request._fixture_defs['number'], keywords=pyfuncitem.keywords,
                         hook=pyfuncitem.ihook.pytest_runtest_call,
                         called=pyfuncitem.config.hook.pytest_pyfunc_call.get_hookimpls()[0])

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = os.path.join(folder, 'test_one.py')
        with open(path, 'w', encoding='utf-8') as source:
            source.write('def test_it(number): pass\n')
        pytest.main(['-p', 'no:cacheprovider', '--rootdir', folder, path], plugins=[Plugin()])
    return found, {}


def wait(group):
    values, texts = globals()[group + '_values']()
    print(json.dumps({name: texts.get(name, repr(value)) for name, value in values.items()}), flush=True)
    sys.stdin.readline()


for question in sys.stdin:
    wait(json.loads(question))
