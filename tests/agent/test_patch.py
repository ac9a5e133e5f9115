# SPDX-License-Identifier: MIT
"""Names of a living program patched as the supervisor asks, and put back: by word, and when the supervisor is gone."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import for_each_python, wait_until  # noqa: E402
from live_program import LivePrograms  # noqa: E402

SHOP = '''\
TAX = 0.2
prices = {"pen": 3, "ink": 5}
row = [1, 2, 3]

class Base:
    def greet(self): return "hello"

class Cart(Base):
    limit = 3
    def __init__(self): self._count, self.note = 0, "own"
    def total(self, price): return price * (1 + TAX)
    def greet(self): return super().greet() + "!"
    @staticmethod
    def kind(): return "cart"
    @property
    def count(self): return self._count
    @count.setter
    def count(self, value): self._count = value

def serve(n, more=1): return n + more

async def fetch(): return 1

cart = Cart()
handlers = {"/": serve, "total": cart.total}
'''
ALL = ('print(shop.TAX, shop.prices, shop.row, shop.Cart.limit, shop.cart.__dict__, shop.cart.total(10), shop.cart.greet(),'
       ' shop.Cart.kind(), shop.handlers["/"](1), type(shop.Cart.__dict__["kind"]).__name__, "NEW" in vars(shop),'
       ' shop.serve.__defaults__)')
FIX = '''\
import math
def serve(n, more=10):
    return n * more + TAX

class Cart:
    pass

def greet(self):
    return super().greet().upper()

def kind(): return math.floor(1.5)

async def fetch(): return 2
'''


class _Patch(LivePrograms):
    def setUp(self):
        super().setUp()
        self.live({'shop.py': SHOP})
        self.do('import shop, asyncio')
        self.before = self.do(ALL)

    def patch(self, name, **params):
        answer = self.ask('patch', name=name, **params)
        self.assertIn('label', answer, answer)
        return answer

    def patch_everything(self, **params):
        for name, value, shown in (
                ('shop:TAX', '0.5', '0.5'), ('shop:prices["pen"]', '7', '7'), ('shop:prices["cap"]', 'len(prices)', '2'),
                ('shop:row[-1]', '9', '9'), ('shop:Cart.limit', '99', '99'), ('shop:cart.limit', '4', '4'),
                ('shop:cart.count', '8', '8'), ('shop:NEW', '"new"', "'new'"), ('shop:cart.note', 'None', 'None'),
                ('shop:Cart.kind', 'staticmethod(lambda: "patched")', None)):
            answer = self.patch(name, value=value, **params)
            self.assertEqual(answer['label'], name)
            if shown is not None:
                self.assertEqual(answer['text'], shown)
        for name in ('shop:serve', 'shop:Cart.greet'):
            self.patch(name, source=FIX, file='/fix.py', **params)
        after = self.do(ALL)
        self.assertEqual(after, "0.5 {'pen': 7, 'ink': 5, 'cap': 2} [1, 2, 9] 99 {'_count': 8, 'note': None, 'limit': 4} 15.0 "
                                "HELLO patched 10.5 staticmethod True (10,)\n")
        return after

    def test_everything_and_back(self):
        self.patch_everything()
        wait_until(lambda: len(self.listener.named('changes')[-1]['changes']) == 12, 'the list of what is patched')
        self.assertEqual(self.ask('unpatch', name='shop:TAX'), {'labels': ['shop:TAX'], 'changed': []})
        self.assertEqual(self.do('print(shop.TAX)'), '0.2\n')
        answer = self.ask('unpatch')
        self.assertEqual((len(answer['labels']), answer['changed']), (11, []))
        self.assertEqual(self.do(ALL), self.before)
        self.assertEqual(self.ask('unpatch', name='shop:TAX'), {'refused': 'not-on', 'detail': 'shop:TAX'})

    def test_back_when_the_supervisor_is_gone(self):
        self.patch_everything()
        self.hang_up()
        wait_until(lambda: self.do(ALL) == self.before, 'what there was')

    def test_kept_when_the_supervisor_is_gone(self):
        after = self.patch_everything(keep=True)
        self.patch('shop:row[0]', value='5')
        self.hang_up()
        wait_until(lambda: self.do('print(shop.row[0])') == '1\n', 'what there was of the one that is not kept')
        self.assertEqual(self.do(ALL), after)

    def test_twice_is_back_to_the_first(self):
        for value in ('1', '2', '3'):
            self.patch('shop:TAX', value=value)
        self.ask('unpatch', name='shop:TAX')
        for _ in range(2):
            self.patch('shop:serve', source=FIX, file='/fix.py')
        self.ask('unpatch', name='shop:serve')
        self.assertEqual(self.do(ALL), self.before)

    def test_what_the_program_sets_meanwhile_stays(self):
        self.patch('shop:TAX', value='0.7')
        self.do('shop.TAX = 0.1')
        self.assertEqual(self.ask('unpatch')['changed'], ['shop:TAX'])
        self.assertEqual(self.do('print(shop.TAX)'), '0.1\n')

    def test_beside_a_trace(self):
        self.assertIn('label', self.ask('trace', name='shop:serve'))
        self.do('shop.handlers["/"](1)')
        self.patch('shop:serve', source=FIX, file='/fix.py')
        self.do('shop.handlers["/"](1)')
        self.ask('unpatch')
        self.do('shop.handlers["/"](1)')
        returns = lambda: [text for _, what, _, text in self.told() if what == 'return']
        wait_until(lambda: len(returns()) == 3, 'all three calls')
        self.assertEqual(returns(), ['2', '10.2', '2'])
        self.ask('untrace')
        self.assertEqual(self.do(ALL), self.before)

    def test_coroutine_functions(self):
        self.patch('shop:fetch', source=FIX, file='/fix.py')
        self.assertEqual(self.do('print(asyncio.run(shop.fetch()))'), '2\n')

    def test_what_is_refused(self):
        for name, params, reason in (
                ('nowhere:X', {'value': '1'}, 'no-module'), ('shop:nobody.x', {'value': '1'}, 'missing'),
                ('shop:TAX', {'value': '1 +'}, 'syntax'), ('shop:1 + 1', {'value': '1'}, 'no-name'),
                ('builtins:int.real', {'value': '1'}, 'unsettable'), ('shop:serve', {'source': 'x =', 'file': 'f'}, 'syntax'),
                ('shop:serve', {'source': 'x = 1', 'file': 'f'}, 'no-such-function')):
            with self.subTest(name=name, **params):
                self.assertEqual(self.ask('patch', name=name, **params).get('refused'), reason)
        self.assertEqual(self.ask('patch', name='shop:TAX', value='1 / 0'), 'ZeroDivisionError: division by zero')
        self.assertEqual(self.do(ALL), self.before)


for_each_python(_Patch)

if __name__ == '__main__':
    unittest.main()
