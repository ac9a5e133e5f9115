# SPDX-License-Identifier: MIT
"""What the desktop reads of Flatline is valid: desktop entry, AppStream, MIME type, icons, man pages, completions."""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

try:
    import gi
    gi.require_version('GdkPixbuf', '2.0')
    from gi.repository import GdkPixbuf
except (ImportError, ValueError):
    GdkPixbuf = None

SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']
BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
DATA = os.path.join(SOURCE, 'data')


class DesktopFiles(unittest.TestCase):
    def call(self, program, *arguments, **environment):
        if not shutil.which(program):
            self.skipTest(f'{program} is not installed')
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, env={**os.environ, 'LC_ALL': 'C.UTF-8', **environment})

    def expect_fine(self, program, *arguments):
        run = self.call(program, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout

    def test_desktop_entry(self):
        self.assertEqual(self.expect_fine('desktop-file-validate',
                                          os.path.join(BUILD, 'data', 'org.flatline.Flatline.desktop')), '')

    def test_service_of_a_folder_with_a_space(self):
        with open(os.path.join(DATA, 'org.flatline.Flatline.service.in'), encoding='utf-8') as file:
            text = file.read().replace('@bindir@', '/home/a person/bin')
        self.assertEqual(shlex.split(re.search('^Exec=(.*)$', text, re.MULTILINE).group(1)),
                         ['/home/a person/bin/flatline', '--gapplication-service'])

    def test_metainfo(self):
        """Nothing to remark, but that there is no homepage yet, and what is a matter of taste or of AppStream's version."""
        report = self.call('appstreamcli', 'validate', '--no-net', '--pedantic', '--no-color',
                           os.path.join(BUILD, 'data', 'org.flatline.Flatline.metainfo.xml')).stdout
        self.assertIn('Validation', report)
        remarks = {line.split(' ', 2)[2] for line in report.splitlines() if re.match('[EWIP]: ', line)}
        self.assertLessEqual(remarks, {'url-homepage-missing', 'unknown-tag developer',
                                       'cid-contains-uppercase-letter org.flatline.Flatline'}, report)

    def test_no_address_is_made_up(self):
        """An address that a person is shown leads somewhere: none stands where nothing is yet."""
        for path in [os.path.join(BUILD, 'data', 'org.flatline.Flatline.metainfo.xml'), *glob.glob(os.path.join(DATA, 'man', '*')),
                     *glob.glob(os.path.join(SOURCE, 'app', '**', '*.[cu]*'), recursive=True)]:
            with open(path, encoding='utf-8') as file:
                self.assertEqual(re.findall(r'https?://[^/\s]*\b(?:invalid|test|localhost|example(?:\.\w+)?)\b', file.read()), [], path)

    def test_mime_type_is_known_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, 'packages'))
            shutil.copy(os.path.join(BUILD, 'data', 'org.flatline.Flatline.xml'), os.path.join(folder, 'packages'))
            self.expect_fine('update-mime-database', folder)
            with open(os.path.join(folder, 'globs2'), encoding='utf-8') as globs:
                self.assertIn('50:application/x-flatline:*.flatline', globs.read())

    def test_icons(self):
        icons = glob.glob(os.path.join(DATA, 'icons', '**', '*.svg'), recursive=True)
        self.assertGreaterEqual(len(icons), 3)
        for icon in icons:
            root = xml.dom.minidom.parse(icon).documentElement
            self.assertEqual(root.tagName, 'svg')
            self.assertEqual(root.getAttribute('width'), root.getAttribute('height'))

    def test_icons_are_drawn_at_every_size(self):
        if GdkPixbuf is None or 'svg' not in {known.get_name() for known in GdkPixbuf.Pixbuf.get_formats()}:
            self.skipTest('GdkPixbuf reads no SVG here')
        for icon in glob.glob(os.path.join(DATA, 'icons', '**', '*.svg'), recursive=True):
            for size in (16, 22, 24, 32, 48, 64, 128, 256, 512):
                drawn = GdkPixbuf.Pixbuf.new_from_file_at_size(icon, size, size)
                self.assertEqual((drawn.get_width(), drawn.get_height()), (size, size), icon)
                self.assertGreater(len(set(drawn.get_pixels())), 2, f'{icon} is empty at {size}')

    def test_icons_of_the_window_are_in_the_theme(self):
        """Those of our own are in its resources; the emblems went from the theme with GNOME 46."""
        own = {os.path.basename(path) for path in
               glob.glob(os.path.join(SOURCE, 'app', 'window', 'icons', '**', '*.svg'), recursive=True)}
        theme = {name for _, _, names in os.walk('/usr/share/icons/Adwaita') for name in names}
        if not any(name.endswith('-symbolic.svg') for name in theme):
            self.skipTest('the icon theme Adwaita is not installed')
        used = set()
        for path in glob.glob(os.path.join(SOURCE, 'app', '**', '*.*'), recursive=True):
            if path.endswith(('.c', '.ui')):
                with open(path, encoding='utf-8') as file:
                    used |= set(re.findall(r'[">]([a-z0-9]+(?:-[a-z0-9]+)*-symbolic)["<]', file.read()))
        self.assertIn('stack-symbolic', used)
        self.assertEqual([name for name in sorted(used) if name + '.svg' not in own | theme], [])
        self.assertEqual([name for name in used if name.startswith('emblem-')], [])

    def test_man_pages(self):
        for page in glob.glob(os.path.join(DATA, 'man', '*.1')):
            run = self.call('man', '--warnings', '-l', page)
            self.assertEqual(run.returncode, 0, run.stdout)
            self.assertNotIn('warning', run.stdout)
            self.assertIn('EXIT STATUS', run.stdout)

    def test_every_option_of_the_python_programs_is_told(self):
        for module in ('flatline.dump', 'flatline.postmortem'):
            words = self.call(sys.executable, '-m', module, '--help', PYTHONPATH=os.path.join(SOURCE, 'agent')).stdout
            options = set(re.findall(r'^ +(?:-., )?(--[a-z-]+)', words, re.M))
            self.assertIn('--help', options, module)
            self.assert_told(options, module + '.1')

    def complete(self, *words):
        """What bash offers for the last of the words, by its own machinery: the function that `complete` registered."""
        program = words[0]
        completion = os.path.join(DATA, 'completions', program + '.bash')
        script = (f'shopt -s extglob; source {completion}; function=$(complete -p {program}); '
                  'function=${function##*-F }; function=${function%% *}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '"$function"; printf "%s\\n" "${COMPREPLY[@]}"')
        return set(self.expect_fine('bash', '-c', script, 'bash', *words).split())

    def test_bash_completion(self):
        self.assertEqual(self.complete('flatline-cli', 'run', '--exit'), {'--exit-after-freeze'})
        self.assertLessEqual({'run', 'dump', 'prune'}, self.complete('flatline-cli', ''))
        self.assertEqual(self.complete('flatline-cli', 'export', '--format', 'h'), {'html'})
        self.assertEqual(self.complete('flatline-cli', 'help', 'un'), {'untrace', 'unbreak', 'unpatch'})
        self.assertEqual(self.complete('flatline', '--co'), {'--config'})
        with tempfile.TemporaryDirectory() as folder:
            for name in ('a.py', 'a.flatline', 'a.txt'):
                open(os.path.join(folder, name), 'w', encoding='utf-8').close()
            start = os.path.join(folder, 'a')
            self.assertEqual(self.complete('flatline', start), {start + '.py', start + '.flatline'})
            self.assertEqual(self.complete('flatline', 'a.py', start), {start + '.py', start + '.flatline', start + '.txt'})

    def test_every_option_of_the_window_is_told(self):
        """`flatline --help`, its man page and the completions of three shells name the same options."""
        help_text = self.expect_fine(os.path.join(BUILD, 'app', 'flatline'), '--help')
        options = set(re.findall(r'(?<![\w-])--[a-z-]+', help_text.partition('terminal')[0]))
        self.assertIn('--app', options)
        self.assert_told(options, 'flatline.1', 'flatline.bash', '_flatline', 'flatline.fish')

    def test_every_option_of_the_terminal_is_told(self):
        cli = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
        for command in re.findall(r'^  ([a-z]+) ', self.expect_fine(cli, '--help'), re.M):
            options = set(re.findall(r'^ +(?:-., )?(--[a-z-]+)', self.expect_fine(cli, command, '--help'), re.M))
            self.assertIn('--help', options, command)
            self.assert_told(options - {'--help'}, 'flatline-cli.1', 'flatline-cli.bash', '_flatline-cli',
                             'flatline-cli.fish')

    def test_every_setting_is_told(self):
        """What config.ini may say, with what holds when it does not."""
        with open(os.path.join(SOURCE, 'supervisor', 'session', 'flatline-config.c'), encoding='utf-8') as file:
            keys = re.findall(r'^  \{ "([a-z]+)", "([a-z_]+)", KEY_', file.read(), re.M)
        self.assertIn(('flatline', 'freeze_threshold'), keys)
        with open(os.path.join(DATA, 'man', 'flatline-cli.1'), encoding='utf-8') as file:
            sections = dict(re.findall(r'^\.SS \[([a-z]+)\]\n(.*?)(?=^\.S[SH] )', file.read(), re.M | re.S))
        for group, key in keys:
            self.assertRegex(sections[group], rf'(?m)^\.BR? .*\b{key} =', group)
        told = {(group, key) for group, text in sections.items() for key in re.findall(r'(?m)\b([a-z_]+) =', text)}
        self.assertEqual(told, set(keys))

    def assert_told(self, options, page, *completions):
        with open(os.path.join(DATA, 'man', page), encoding='utf-8') as file:
            text = file.read().replace('\\-', '-')
            self.assertEqual([option for option in options if option not in text], [], page)
        for name in completions:
            with open(os.path.join(DATA, 'completions', name), encoding='utf-8') as file:
                text = file.read()
            form = (lambda option: '-l ' + option[2:]) if name.endswith('.fish') else str
            self.assertEqual([option for option in options if form(option) not in text], [], name)


if __name__ == '__main__':
    unittest.main()
