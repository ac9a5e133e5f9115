# SPDX-License-Identifier: MIT
"""What the agent decides by names and texts alone: what is secret, what is meant by a name, what is recorded."""
import os
import sys
import unittest
from unittest import mock

from agent_run import AGENT

sys.path.insert(0, AGENT)
from flatline import missing  # noqa: E402
from flatline.capture.secrets import Secrets  # noqa: E402
from flatline.live.calls import Point  # noqa: E402
from flatline.recording.scope import Scope  # noqa: E402


class Secret(unittest.TestCase):
    def test_names(self):
        secrets = Secrets(['customer'])
        for name in ('db_password', 'X-Api-Key', 'accessToken', 'PRIVATE_KEY', 'customer'):
            self.assertTrue(secrets.is_secret_name(name), name)
        for name in ('monkey', 'max_tokens', 'token_type', 'passwordField', 'is_secret', 'keyword', 'customer_name', ''):
            self.assertFalse(secrets.is_secret_name(name), name)

    def test_values(self):
        """A working folder is called PWD, and what is nothing hides nothing."""
        secrets = Secrets()
        self.assertFalse(secrets.hides('PWD', '/home/ann'))
        self.assertTrue(secrets.hides('PWD', 'hunter2x'))
        for value in (None, True, '', [], {}, len, int):
            self.assertFalse(secrets.hides('password', value), value)
        self.assertEqual(secrets.known, {'hunter2x'})

    def test_command_lines(self):
        self.assertEqual(Secrets().clean_words(['app', '--password', 'hunter2x', '--token', '--verbose', '--api-key=abc123',
                                                '-v', 'file']),
                         ['app', '--password', '<masked>', '--token', '--verbose', '--api-key=<masked>', '-v', 'file'])

    def test_sources(self):
        secrets = Secrets()
        source = 'password = "hunter2x"\nheaders = {"X-Api-Key": \'abc-123\', "Accept": "text/plain"}\ntoken_type = "plain"\n'
        clean = source.replace('hunter2x', '<masked>').replace('abc-123', '<masked>')
        self.assertEqual(secrets.clean_source(source), clean)
        # What may be a name as well is not looked for elsewhere.
        self.assertEqual(secrets.known, {'abc-123'})
        again = Secrets()
        self.assertEqual((again.clean_source(clean), again.known), (clean, set()))
        self.assertNotIn('<masked>', Secrets(None).clean_source(source))


class Similar(unittest.TestCase):
    def test_names_of_modules(self):
        for one, other in (('colections', 'collections'), ('numpyy', 'numpy'), ('nupmy', 'numpy'), ('nunpy', 'numpy'),
                           ('Yaml', 'yaml'), ('date_util', 'dateutil'), ('re', 'RE')):
            self.assertTrue(missing._is_near(one, other) and missing._is_near(other, one), (one, other))
        for one, other in (('re', 'ra'), ('io', 'os'), ('abc', 'abcde'), ('json', 'jason5'), ('numpy', 'pandas'),
                           ('abcd', 'dcba'), ('pandas', 'poudas')):
            self.assertFalse(missing._is_near(one, other) or missing._is_near(other, one), (one, other))


class Recorded(unittest.TestCase):
    def test_code(self):
        library = os.path.dirname(os.__file__)
        theirs = (library + '/json/decoder.py', '/srv/lib/site-packages/shop.py', '/usr/lib/python3/dist-packages/gi.py',
                  '/srv/sitecustomize.py', AGENT + '/flatline/client.py', '<frozen os>')
        for file in theirs:
            self.assertFalse(Scope().has(file), file)
        self.assertTrue(Scope().has('/srv/shop.py'))
        self.assertEqual([Scope(everything=True).has(file) for file in theirs], [True, True, True, False, False, False])
        only = Scope(only=['orders.py', '*/shop/*'])
        self.assertEqual([only.has(file) for file in ('/srv/orders.py', '/srv/shop/cart.py', '/srv/reorders.py')],
                         [True, True, False])

    def test_code_of_the_command_line(self):
        for first, is_recorded in (('-c', True), ('app.py', False)):
            with mock.patch.object(sys, 'argv', [first]):
                self.assertEqual(Scope().has('<string>'), is_recorded)
                self.assertFalse(Scope().has('<made by somebody>'))


class Counted(unittest.TestCase):
    def test_points(self):
        """Conditions that fail count nothing, and what was counted down is over."""
        point = Point('trace', 'f', 'f', (), 'kwargs["n"] > 1', 2)
        taken = [point.accepts(None, (), {'args': (), 'kwargs': kwargs}) for kwargs in
                 ({'n': 1}, {}, {'n': 2}, {'n': 1}, {'n': 3}, {'n': 4})]
        self.assertEqual(taken, [False, False, True, False, True, False])
        self.assertIn('KeyError', point.complaint)


if __name__ == '__main__':
    unittest.main()
