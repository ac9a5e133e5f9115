# SPDX-License-Identifier: MIT
"""The machinery of languages: every source with messages is listed, no message is cut by a macro, and each language of
po/LINGUAS has all of them, with format strings that fit."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']
PO = os.path.join(SOURCE, 'po')
WANTED = ('de', 'es', 'fr', 'ja', 'pt_BR', 'zh_CN')
MARKED = re.compile(r'\b(?:N?_|N?C_|ngettext) \(|translatable="yes"')
# xgettext knows the macros of <inttypes.h> and no others: it ends a message at a macro of GLib's.
CUT = re.compile(r'\b(?:N?_|ngettext) \((?:[^;()]|\([^;()]*\))*?"\s*G_G(?:U?INT64|S?SIZE)_(?:FORMAT|MODIFIER)')


def read_list(name):
    with open(os.path.join(PO, name), encoding='utf-8') as lines:
        return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def find_sources():
    for top in ('app', 'supervisor'):
        for folder, _, names in os.walk(os.path.join(SOURCE, top)):
            for name in names:
                if name.endswith(('.c', '.h', '.ui')):
                    yield os.path.relpath(os.path.join(folder, name), SOURCE)


def read_source(path):
    with open(os.path.join(SOURCE, path), encoding='utf-8') as source:
        return source.read()


class Sources(unittest.TestCase):
    def test_every_source_with_messages_is_listed(self):
        marked = {path for path in find_sources() if MARKED.search(read_source(path))}
        listed = {path for path in read_list('POTFILES') if not path.startswith('data/')}
        self.assertEqual(sorted(marked - listed), [], 'have messages and are not in po/POTFILES')
        self.assertEqual(sorted(listed - marked), [], 'are in po/POTFILES and have no message')

    def test_no_message_is_cut_by_a_macro(self):
        cut = [path for path in find_sources() if path.endswith('.c') and CUT.search(read_source(path))]
        self.assertEqual(cut, [], 'have messages with G_GINT64_FORMAT or its like: xgettext knows PRId64')


class Languages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which('xgettext'):
            raise unittest.SkipTest('gettext is not installed')
        cls.folder = tempfile.mkdtemp(prefix='flatline-languages-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.template = os.path.join(cls.folder, 'flatline.pot')
        with open(os.path.join(PO, 'meson.build'), encoding='utf-8') as build:
            arguments = re.findall(r"'(--[^']+)'", build.read())
        run = subprocess.run(['xgettext', *arguments, '-D', SOURCE, '-f', os.path.join(PO, 'POTFILES'), '-o',
                              cls.template], stderr=subprocess.PIPE, text=True, cwd=SOURCE, check=True)
        cls.warnings = run.stderr

    def test_template_is_made_without_a_warning(self):
        self.assertEqual(self.warnings, '')

    def check_language(self, language):
        path = os.path.join(PO, language + '.po')
        if language not in read_list('LINGUAS'):
            self.skipTest(f'nobody has translated Flatline to {language} yet')
        run = subprocess.run(['msgfmt', '--check', '-o', os.devnull, path], stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        merged = os.path.join(self.folder, language + '.po')
        subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, path, self.template], check=True)
        for kind in ('--untranslated', '--only-fuzzy'):
            lacking = subprocess.run(['msgattrib', kind, '--no-obsolete', '--no-location', merged],
                                     stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertEqual(lacking, '', f'po/{language}.po lacks messages ({kind[2:]})')


for wanted in sorted({*WANTED, *read_list('LINGUAS')}):
    setattr(Languages, 'test_' + wanted, lambda self, language=wanted: self.check_language(language))


if __name__ == '__main__':
    unittest.main()
