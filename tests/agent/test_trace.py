# SPDX-License-Identifier: MIT
"""Calls of a living program traced as the supervisor asks: which ones, how they are told, and that the program notices
nothing, on every Python that is here."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import for_each_python, wait_until  # noqa: E402
from live_program import LivePrograms  # noqa: E402

SHOP = '''\
import functools

def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

class Base:
    def greet(self): return "hello"

class Cart(Base):
    def __init__(self, *items): self.items = list(items)
    def add(self, item, /, count=1, *more, gift=False, **rest):
        self.items.append(item)
        return len(self.items)
    @staticmethod
    def plain(x): return x + 1
    @classmethod
    def make(cls, x): return x * 2
    @property
    def total(self): return sum(self.items)
    def up(self): return super().greet()

@decorated
def wrapped(a): return a

@functools.lru_cache(None)
def cached(a): return -a

def fact(n): return 1 if n < 2 else n * fact(n - 1)

def fail(key): return {}[key]

def counter(n):
    for i in range(n):
        sent = yield i
    return "over"

async def fetch(n):
    import asyncio
    await asyncio.sleep(0)
    return n

async def stream(n):
    for i in range(n):
        got = yield i
        if got: yield got

def adder(n):
    def add(x): return x + n
    return add

five, six = adder(5), adder(6)
cart = Cart()
bound = cart.add
quiet = lambda password: len(password)
'''


class _Trace(LivePrograms):
    def setUp(self):
        super().setUp()
        self.live({'shop.py': SHOP})
        self.do('import shop, inspect, asyncio')

    def trace(self, name, **params):
        answer = self.ask('trace', name=name, **params)
        self.assertIn('label', answer, answer)
        return answer

    def test_arguments_results_and_exceptions(self):
        self.assertEqual(self.trace('shop:Cart.add')['label'], 'shop:Cart.add')
        # What was bound before is the same function.
        self.assertEqual(self.do('print(shop.bound("pen"), shop.bound("ink", 2, 3, gift=True, note="x"))'), '1 2\n')
        self.trace('shop:fail')
        self.assertIn("KeyError('x')", self.do('shop.fail("x")'))
        self.trace('shop.quiet')
        self.do('shop.quiet("sesame")')
        cart = 'self=<shop.Cart object at 0x>, '
        self.wait_told([
            (0, 'call', 'Cart.add', cart + "item='pen', count=1, gift=False, *more=(), **rest={}"),
            (0, 'return', 'Cart.add', '1'),
            (0, 'call', 'Cart.add', cart + "item='ink', count=2, gift=True, *more=(3,), **rest={'note': 'x'}"),
            (0, 'return', 'Cart.add', '2'),
            (0, 'call', 'fail', "key='x'"), (0, 'raise', 'fail', "KeyError('x')"),
            (0, 'call', 'quiet', 'password=<masked>'), (0, 'return', 'quiet', '6'),
        ])
        returns = [call for call in self.listener.named('call') if call['what'] in ('return', 'raise')]
        self.assertTrue(all(call['took_us'] >= 0 and call['thread'] == 'MainThread' for call in returns), returns)

    def test_recursion_is_indented(self):
        self.trace('shop:fact')
        self.assertEqual(self.do('print(shop.fact(3))'), '6\n')
        self.wait_told([(0, 'call', 'fact', 'n=3'), (1, 'call', 'fact', 'n=2'), (2, 'call', 'fact', 'n=1'),
                        (2, 'return', 'fact', '1'), (1, 'return', 'fact', '2'), (0, 'return', 'fact', '6')])

    def test_every_kind_of_function(self):
        for name, line, label, arguments, value in (
                ('shop:Cart.plain', 'shop.Cart.plain(1)', 'Cart.plain', 'x=1', '2'),
                ('shop:Cart.make', 'shop.Cart.make(2)', 'Cart.make', "cls=<class 'shop.Cart'>, x=2", '4'),
                ('shop:Cart.total', 'shop.cart.total', 'Cart.total', 'self=<shop.Cart object at 0x>', '0'),
                ('shop:Cart.up', 'shop.cart.up()', 'Cart.up', 'self=<shop.Cart object at 0x>', "'hello'"),
                ('shop:Cart', 'shop.Cart(1)', 'Cart', 'self=<shop.Cart object at 0x>, *items=(1,)', 'None'),
                ('shop:cart.greet', 'shop.cart.greet()', 'cart.greet', 'self=<shop.Cart object at 0x>', "'hello'"),
                ('shop:wrapped', 'shop.wrapped(1)', 'wrapped', 'a=1', '1'),
                ('shop:cached', 'shop.cached(7), shop.cached(7)', 'cached', 'a=7', '-7'),
                ('shop:five', 'shop.five(1)', 'five', 'x=1', '6')):
            with self.subTest(name=name):
                self.forget()
                self.trace(name)
                self.assertEqual(self.do(line), '')
                self.wait_told([(0, 'call', label, arguments), (0, 'return', label, value)])
                self.assertEqual(self.ask('untrace', name=name), {'labels': [name]})
                self.forget()
                self.do(line)
        wait_until(lambda: self.listener.named('changes')[-1]['changes'] == [], 'the word that nothing is traced')

    def test_patterns(self):
        """All functions that the module or class has itself and that are called so, as one trace."""
        for name, count, line, label in (
                ('shop:Cart.*', 6, 'shop.cart.up(); shop.cart.greet(); shop.fact(1)', 'Cart.up'),
                ('shop:fa??', 2, 'shop.fact(1); shop.cart.up()', 'fact'),
                ('shop:*.gr*', 1, 'shop.cart.greet(); shop.cart.up()', 'Base.greet')):
            with self.subTest(name=name):
                self.forget()
                answer = self.trace(name)
                self.assertEqual((answer['label'], answer['count']), (name, count))
                self.assertEqual(self.do(line), '')
                told = 2 if name == 'shop:*.gr*' else 1
                wait_until(lambda: len(self.told()) >= 2 * told, 'calls')
                self.assertEqual([(what, called) for _, what, called, _ in self.told()],
                                 [('call', label), ('return', label)] * told)
                self.assertEqual({tuple(call['asked']) for call in self.listener.named('call')}, {(name,)})
                self.assertEqual(self.ask('untrace', name=name), {'labels': [name]})
        self.forget()
        # What is asked for twice is told once, of both; counted are all of a pattern together.
        self.trace('shop:fact')
        self.trace('shop:*', count=2)
        self.do('shop.fact(1); shop.wrapped(2); shop.quiet("sesame"); shop.fact(1)')
        self.wait_told([(0, 'call', 'fact', 'n=1'), (0, 'return', 'fact', '1'), (0, 'call', 'wrapped', 'a=2'),
                        (0, 'return', 'wrapped', '2'), (0, 'call', 'fact', 'n=1'), (0, 'return', 'fact', '1')])
        asked = [call.get('asked') for call in self.listener.named('call') if call['what'] == 'call']
        self.assertEqual(asked, [['shop:fact', 'shop:*'], ['shop:*'], None])
        for name, reason in (('shop:nobody*', 'no-match'), ('nowhere:*', 'no-module'), ('shop:Cart.add.*', 'no-match')):
            self.assertEqual(self.ask('trace', name=name)['refused'], reason)

    def test_generators(self):
        self.trace('shop:counter')
        self.assertEqual(self.do('g = shop.counter(2); print(next(g), g.send("s"), list(g), inspect.isgeneratorfunction(shop.counter))'),
                         '0 1 [] True\n')
        self.wait_told([(0, 'call', 'counter', 'n=2'), (0, 'yield', 'counter', '0'), (0, 'resume', 'counter', ''),
                        (0, 'yield', 'counter', '1'), (0, 'resume', 'counter', ''), (0, 'return', 'counter', "'over'")])
        last = self.listener.named('call')[-1]
        self.assertLessEqual(0, last['ran_us'])
        self.assertLessEqual(last['ran_us'], last['took_us'])
        self.forget()
        self.assertEqual(self.do('g = shop.counter(9); next(g); g.throw(ValueError("thrown"))'), "failed: ValueError('thrown')\n")
        self.wait_told([(0, 'call', 'counter', 'n=9'), (0, 'yield', 'counter', '0'),
                        (0, 'throw', 'counter', "ValueError('thrown')"), (0, 'raise', 'counter', "ValueError('thrown')")])

    def test_coroutines(self):
        self.trace('shop:fetch')
        self.trace('shop:stream')
        self.assertEqual(self.do('print(inspect.iscoroutinefunction(shop.fetch), asyncio.run(shop.fetch(3)))'), 'True 3\n')
        self.wait_told([(0, 'call', 'fetch', 'n=3'), (0, 'await', 'fetch', 'None'), (0, 'resume', 'fetch', ''),
                        (0, 'return', 'fetch', '3')])
        self.forget()
        self.do('exec("""async def use():\\n s = shop.stream(2)\\n r = [await s.asend(None), await s.asend(5)]\\n'
                ' r += [i async for i in s]\\n print(r)""")')
        self.assertEqual(self.do('asyncio.run(use())'), '[0, 5, 1]\n')
        wait_until(lambda: self.told()[-1:] == [(0, 'return', 'stream', 'None')], 'the end of the stream')
        told = self.told()
        self.assertEqual(told[0], (0, 'call', 'stream', 'n=2'))
        self.assertEqual([what for _, what, _, _ in told].count('await'), 3)

    def test_conditions_and_counts(self):
        self.trace('shop:fact', condition='n % 2 == 0', count=2)
        self.do('shop.fact(6)')
        self.wait_told([(0, 'call', 'fact', 'n=6'), (1, 'call', 'fact', 'n=4'), (1, 'return', 'fact', '24'),
                        (0, 'return', 'fact', '720')])
        self.listener.wait_for(lambda event: event.get('event') == 'changes' and event['params']['changes'] == [],
                               'the end of a trace that was counted')
        self.forget()
        self.trace('shop:fact', condition='missing > 1')
        self.assertEqual(self.do('print(shop.fact(3))'), '6\n')
        self.wait_told([(None, 'complaint', 'fact', "NameError: name 'missing' is not defined")])
        self.assertEqual(self.ask('trace', name='shop:fact', condition='n >')['refused'], 'syntax')
        self.assertNotIn('replaced', self.trace('shop:Cart.make'))
        self.assertTrue(self.trace('shop:fact', condition='n > 2')['replaced'])

    def test_running_threads(self):
        self.do('go, came = threading.Semaphore(0), threading.Semaphore(0)')
        self.do('exec("def work():\\n while go.acquire(): shop.fact(1); came.release()")')
        self.do('threading.Thread(target=work, daemon=True, name="worker").start(); go.release(); came.acquire()')
        self.trace('shop:fact')
        self.do('go.release(); came.acquire()')
        self.wait_told([(0, 'call', 'fact', 'n=1'), (0, 'return', 'fact', '1')])
        self.assertEqual({call['thread'] for call in self.listener.named('call')}, {'worker'})

    def test_a_hot_function_is_bounded(self):
        self.trace('shop:Cart.plain')
        self.do('for i in range(50000): shop.Cart.plain(i)')
        wait_until(lambda: any(call['what'] == 'dropped' for call in self.listener.named('call')), 'what was dropped')
        self.ask('untrace')

        def count():
            calls = self.listener.named('call')
            return (sum(call['what'] == 'call' for call in calls)
                    + sum(call['count'] for call in calls if call['what'] == 'dropped'))

        wait_until(lambda: count() == 50000, 'every call, told or counted')
        calls = [call['what'] for call in self.listener.named('call')]
        self.assertEqual(calls.count('call'), calls.count('return'))
        self.assertLess(calls.count('call'), 20000)

    def test_names_that_are_refused(self):
        for name, reason in (('nowhere:f', 'no-module'), ('shop:Nobody.add', 'missing'), ('shop:cart.items', 'no-function'),
                             ('shop:', 'no-name'), ('', 'no-name'), ('builtins:list.append', 'immutable'),
                             ('nowhere.py:3', 'no-file'), ('shop.py:9999', 'no-line')):
            with self.subTest(name=name):
                self.assertEqual(self.ask('trace', name=name).get('refused'), reason)
        self.assertEqual(self.ask('untrace', name='shop:fact').get('refused'), 'not-on')

    def test_functions_of_c(self):
        self.do('import time; had = time.sleep')
        answer = self.trace('time:sleep')
        self.assertFalse(answer['is_python'])
        self.assertEqual(self.do('time.sleep(0); print(time.sleep is had)'), 'False\n')
        self.wait_told([(0, 'call', 'sleep', '0'), (0, 'return', 'sleep', 'None')])
        self.ask('untrace')
        self.assertEqual(self.do('print(time.sleep is had)'), 'True\n')

    def test_what_the_agent_calls_is_not_told(self):
        self.trace('json:loads')
        for _ in range(3):
            self.ask('evaluate', source='1')
        self.do('import json; json.loads("5")')
        wait_until(lambda: len(self.told()) >= 2, 'the call of the program')
        self.assertEqual([(what, text) for _, what, _, text in self.told() if what != 'call'], [('return', '5')])
        self.assertEqual(len(self.told()), 2)

    def test_survives_reload(self):
        self.trace('shop:fact')
        self.do('import importlib; importlib.reload(shop)')

        def is_told():
            self.do('shop.fact(1)')
            return self.told()

        wait_until(is_told, 'a call of the function that was loaded anew')

    def test_line_names_the_function_around_it(self):
        line = SHOP.split('\n').index('    def add(x): return x + n') + 1
        self.assertTrue(self.trace('shop.py:%d' % line)['label'].endswith('adder.<locals>.add'))
        self.assertEqual(self.do('print(shop.five(1), shop.six(1))'), '6 7\n')
        wait_until(lambda: len(self.told()) == 4, 'calls of both functions with this code')

    def test_all_is_as_it_was(self):
        looks = 'print(hash(shop.fact.__code__), inspect.signature(shop.Cart.add), shop.fact.__code__.co_name)'
        before = self.do(looks)
        self.trace('shop:fact')
        self.trace('shop:Cart.add')
        self.do('shop.fact(2)')
        self.assertEqual(self.do('print(inspect.signature(shop.Cart.add))'),
                         '(self, item, /, count=1, *more, gift=False, **rest)\n')
        self.hang_up()
        wait_until(lambda: self.do(looks) == before, 'the code that was there')
        if self.version >= (3, 12):
            wait_until(lambda: self.do('print(sys.monitoring.get_tool(3), sys.monitoring.get_tool(4))') == 'None None\n',
                       'the end of monitoring')

    def test_forked_children_are_not_traced(self):
        self.trace('shop:fact')
        self.do('import os, warnings; warnings.simplefilter("ignore")')
        self.do('pid = os.fork(); shop.fact(1) if pid else (shop.fact(5), os._exit(0))')
        self.do('os.waitpid(pid, 0)')
        self.wait_told([(0, 'call', 'fact', 'n=1'), (0, 'return', 'fact', '1')])


for_each_python(_Trace)

if __name__ == '__main__':
    unittest.main()
