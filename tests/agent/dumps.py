# SPDX-License-Identifier: MIT
"""Programs under flatline.dump, and what the files say that they leave."""
import glob
import gzip
import json
import os

from agent_run import AGENT, Programs


FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../fixtures/postmortem')


def read(path):
    with gzip.open(path) as file:
        return json.load(file)


def read_fixture(name):
    with open(os.path.join(FIXTURES, name), encoding='utf-8') as file:
        return file.read()


def texts_of(frame):
    return {value['name']: value['text'] for value in frame['locals']}


def child(value, name):
    return next(item for item in value['children'] if item.get('name') == name)


class Dumps(Programs):
    def start_python(self, *arguments, extra=None, **options):
        environment = {'PYTHONPATH': AGENT, **(extra or {})}
        return self.start(list(arguments), None, environment, **options)

    def run_python(self, *arguments, **options):
        return self.finish(self.start_python(*arguments, **options))

    def dump(self, text, *options):
        """Runs a program under flatline.dump: (outcome, the snapshots in the order of their names)."""
        script = self.write(text)
        outcome = self.run_python('-m', 'flatline.dump', '--time', '600', '-o',
                                  os.path.join(self.work, 'out-{time}.flatline'), *options, script)
        return outcome, [read(path) for path in sorted(glob.glob(os.path.join(self.work, 'out-*.flatline')))]

    def write_unhurried(self, text):
        """How busy the machine is must not decide what stands in the file."""
        for name in ('"out.flatline"', '"random.flatline"', '"random-%d.flatline" % seed'):
            text = text.replace(name, name + ', time=600')
        return self.write(text)

    def in_program(self, text, *arguments):
        """Runs a program that writes out.flatline itself."""
        outcome = self.run_python(self.write_unhurried(text), *arguments)
        return outcome, os.path.join(self.work, 'out.flatline')
