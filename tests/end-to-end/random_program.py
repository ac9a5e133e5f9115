# SPDX-License-Identifier: MIT
"""Programs made by chance whose truth is known: which thread waits for what, and who would have to act.

Every thread takes its locks, one way or another; when all have done so, each does one thing that never ends. So the
threads that wait for each other are known before the program runs, whatever the order they run in.
"""
import random

NAMES = ('red', 'green', 'blue', 'black', 'white')
MAIN = 'MainThread'
# How a lock is made, and whether the same thread may take it again.
LOCK_TYPES = {'Lock': False, 'RLock': True, 'Condition': True}
# What the program calls it.
STYLES = {'global': '{name}_lock', 'attribute': 'box.{name}_lock', 'item': "locks['{name}']"}
HOLDS = ('with', 'with', 'with', 'by_hand', 'stack')
# Things that nobody in the program will end.
ENDLESS = {
    'queue': ('{own}_jobs.get()', 'queue-wait'),
    'event': ('{own}_done.wait()', 'event-wait'),
    'sleep': ('time.sleep(600)', 'sleep'),
    'socket': ('{own}_socket.recv(10)', 'socket-wait'),
    'pipe': ('os.read({own}_pipe[0], 10)', 'pipe-wait'),
    'semaphore': ('{own}_free.acquire()', 'semaphore-wait'),
    'child': ('{own}_child.wait()', 'child-wait'),
    'future': ('{own}_answer.result()', 'condition-wait'),
}
# A child reads what any thread of ours might write: whoever waits for its end waits in no circle.
PREPARATIONS = {
    'queue': '{own}_jobs = queue.Queue()',
    'event': '{own}_done = threading.Event()',
    'sleep': '',
    'socket': '{own}_socket, {own}_peer = socket.socketpair()',
    'pipe': '{own}_pipe = os.pipe()',
    'semaphore': '{own}_free = threading.Semaphore(0)',
    'child': "{own}_child = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)",
    'future': '{own}_answer = concurrent.futures.ThreadPoolExecutor(1).submit(time.sleep, 600)',
}


class Lock:
    def __init__(self, chance, owner, number):
        self.owner = owner
        self.type = chance.choice(tuple(LOCK_TYPES))
        self.hold = chance.choice(HOLDS)
        self.name = STYLES[chance.choice(tuple(STYLES))].format(name=f'{owner.lower()}_{number}')
        self.is_rescued = False

    def is_known(self):
        """Whether an owner field or a `with` block tells who has it, rather than a line of source."""
        return self.type == 'RLock' or self.hold == 'with'


class Deed:
    """What a thread does for ever: its source, the verdict's kind when nothing else is to be told, and who must act."""

    def __init__(self, lines, kind, target=None, lock=None, closes=True):
        self.lines, self.kind, self.target, self.lock = lines, kind, target, lock
        # FALSE: the wait ends by itself, so that it is part of no deadlock.
        self.closes = closes and target is not None


class RandomProgram:
    def __init__(self, seed):
        chance = random.Random(seed)
        self.names = [MAIN, *chance.sample(NAMES, chance.randint(1, len(NAMES)))]
        self.locks = [Lock(chance, name, number) for name in self.names for number in range(chance.randint(0, 2))]
        self.deeds = {name: self._choose_deed(chance, name) for name in self.names}
        self.rescued = [lock for lock in self.locks if lock.type == 'Lock' and chance.random() < 0.15]
        for lock in self.rescued:
            lock.is_rescued = True
        self.preparations = []
        self.source = self._write()

    # --- what it does ---

    def _choose_deed(self, chance, name):
        way = chance.choice(('lock', 'lock', 'lock', 'timed', 'again', 'join', 'endless'))
        locks = [lock for lock in self.locks if lock.owner != name or not LOCK_TYPES[lock.type]]
        others = [other for other in self.names if other not in (name, MAIN)]
        if way in ('lock', 'timed', 'again') and locks:
            return self._wait_for_lock(chance, way, chance.choice(locks))
        if way == 'join' and others:
            target = chance.choice(others)
            return Deed([f'{target}_thread.join()'], 'join-wait', target)
        endless = chance.choice(tuple(ENDLESS))
        call, kind = ENDLESS[endless]
        own = 'main' if name == MAIN else name
        deed = Deed([call.format(own=own)], kind)
        deed.preparation = PREPARATIONS[endless].format(own=own)
        return deed

    @staticmethod
    def _wait_for_lock(chance, way, lock):
        if way == 'timed':
            return Deed([f'{lock.name}.acquire(timeout=600)'], 'lock-wait', lock.owner, lock, closes=False)
        if way == 'again':
            return Deed([f'while not {lock.name}.acquire(timeout=0.02):', '    pass'], None, lock.owner, lock,
                        closes=False)
        lines = chance.choice(([f'{lock.name}.acquire()'], [f'with {lock.name}:', '    pass'],
                               [f'take({lock.name})']))
        return Deed(lines, 'lock-wait', lock.owner, lock)

    # --- what is true of it ---

    def find_circle(self, start):
        """The threads that wait for each other in a circle that @start's chain leads into; empty when it ends."""
        seen = []
        while start not in seen:
            seen.append(start)
            deed = self.deeds[start]
            if not deed.closes:
                return ()
            start = deed.target
        return tuple(seen[seen.index(start):])

    def list_circles(self):
        return {frozenset(circle) for circle in map(self.find_circle, self.names) if circle}

    def is_certain(self, circle):
        """Whether nobody could end it: no thread has such a lock's release before it."""
        return not any(self.deeds[name].lock and self.deeds[name].lock.is_rescued for name in circle)

    def must_be_told(self, circle):
        """Whether the kernel, owner fields and `with` blocks alone show it."""
        return all(not self.deeds[name].lock or self.deeds[name].lock.is_known() for name in circle)

    # --- its source ---

    def _write(self):
        lines = ['import concurrent.futures', 'import contextlib', 'import os', 'import queue', 'import socket',
                 'import subprocess', 'import threading', 'import time', '',
                 'locks = {}', 'box = type("Box", (), {})()',
                 f'all_hold = threading.Barrier({len(self.names)})']
        lines += [f'{lock.name} = threading.{lock.type}()' for lock in self.locks]
        lines += [getattr(deed, 'preparation', '') for deed in self.deeds.values()]
        lines += ['', '', 'def take(guard):', '    with guard:', '        pass', '']
        for name in self.names[1:]:
            lines += ['', f'def {name}():', *self._write_body(name, '    '), '']
        if self.rescued:
            lines += ['', 'def rescue():', '    time.sleep(600)', *(f'    {lock.name}.release()' for lock in self.rescued),
                      '', "threading.Thread(target=rescue, name='rescue', daemon=True).start()"]
        for name in self.names[1:]:
            lines.append(f"{name}_thread = threading.Thread(target={name}, name='{name}', daemon=True)")
        lines += [f'{name}_thread.start()' for name in self.names[1:]]
        return '\n'.join(lines + self._write_body(MAIN, '')) + '\n'

    def _write_body(self, name, indent):
        lines = []
        for lock in (lock for lock in self.locks if lock.owner == name):
            if lock.hold == 'with':
                lines.append(f'{indent}with {lock.name}:')
                indent += '    '
            elif lock.hold == 'stack':
                lines += [f'{indent}with contextlib.ExitStack() as stack:', f'{indent}    stack.enter_context({lock.name})']
                indent += '    '
            else:
                lines.append(f'{indent}{lock.name}.acquire()')
        lines.append(f'{indent}all_hold.wait()')
        if name == MAIN:
            lines.append(f"{indent}print('ready', flush=True)")
        return lines + [indent + line for line in self.deeds[name].lines]
