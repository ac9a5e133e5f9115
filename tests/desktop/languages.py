# SPDX-License-Identifier: MIT
"""Locales for tests, made in a folder of their own: a machine for tests has none but C.UTF-8."""
import os
import shutil
import subprocess
import tempfile
import unittest


def make_locale(case, name):
    """The environment in which programs speak the language of the locale, such as de_DE."""
    if not shutil.which('localedef') or not os.path.exists(f'/usr/share/i18n/locales/{name}'):
        raise unittest.SkipTest(f'the locale {name} cannot be made: package locales is not installed')
    folder = tempfile.mkdtemp(prefix='flatline-locale-')
    case.addCleanup(shutil.rmtree, folder, True)
    # Status 1 is a warning about the source of the locale.
    made = subprocess.run(['localedef', '-i', name, '-f', 'UTF-8', '--no-archive', os.path.join(folder, name + '.UTF-8')],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if made.returncode > 1:
        raise AssertionError(made.stderr)
    return {'LOCPATH': folder, 'LC_ALL': name + '.UTF-8', 'LANGUAGE': ''}
