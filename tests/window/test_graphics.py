# SPDX-License-Identifier: MIT
"""Without a graphics processor OpenGL would be software: it is not loaded, and programs inherit nothing of
that."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, wait_for  # noqa: E402

SCRIPT = '''import json, os, time
with open('environment.new', 'w') as file:
    json.dump({name: os.environ.get(name) for name in ('GDK_DEBUG', 'GDK_DISABLE')}, file)
os.rename('environment.new', 'environment')
time.sleep(600)
'''


class GraphicsTest(WindowTest):
    def has_opengl(self):
        with open(f'/proc/{self.window.pid}/maps', encoding='utf-8', errors='replace') as maps:
            text = maps.read()
        return 'swrast' in text or 'libgallium' in text or 'libLLVM' in text

    @unittest.skipIf(os.path.isdir('/dev/dri'), 'there is a graphics processor')
    def test_no_software_opengl(self):
        self.start(self.write('tells.py', SCRIPT), GDK_DEBUG='no-portals')
        environment = os.path.join(self.folder, 'environment')
        wait_for('the program to tell its environment', lambda: os.path.exists(environment))
        self.assertFalse(self.has_opengl())
        with open(environment, encoding='utf-8') as file:
            self.assertEqual(file.read(), '{"GDK_DEBUG": "no-portals", "GDK_DISABLE": null}')


if __name__ == '__main__':
    unittest.main()
