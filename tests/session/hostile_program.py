# SPDX-License-Identifier: MIT
"""hostile_program.py SEED MESSAGES: a program that speaks the languages of the agent's channel and of the relay, and tells
nonsense in them: messages that are real but for some of their parts, in connections that come and go, and answers of
the same kind to all that it is asked. What it tells follows from the seed. At the end it beats as it should."""
import copy
import json
import os
import random
import socket
import sys
import threading
import time

PID = os.getpid()
EVIL = (None, True, False, 0, -1, 5, 2**31, -2**31, 2**63 - 1, -2**63, 2**64, 10**30, 1e308, -0.5, '', 'x', '%s%n%d',
        '\x00\x1b]0;x\x07', '\u202eabc', '\ud800', 'é' * 300, 'y' * 70000, [], {}, [[]], [None], {'': None}, [[[[[[]]]]]],
        'interpreter', 'loop', 'program', 'running', 'asyncio', 'trace', 'break', 'patch', 'shop:add', 'hello', 'beats', 'report')
REPORT = {'pid': PID, 'kind': 'exception', 'context': 'main', 'type_name': 'ValueError', 'message': 'no', 'thread': 'MainThread',
          'traceback_text': 'Traceback (most recent call last):\n  File "/shop.py", line 3, in add\n    x\nValueError: no\n',
          'text': 'no', 'similar': 'jsom', 'found_in': '/lib', 'shadow': '/shop/json.py', 'timestamp': time.time()}
EVENTS = (
    ('hello', {'pid': PID, 'ppid': os.getppid(), 'python': '3.11.2', 'capabilities': ['dying', 'evaluate']}),
    ('beats', {'pid': PID, 'beats': [['interpreter', None, None, time.time()], ['program', 'LOAD', 'main', time.time()],
                                     ['loop', 'asyncio', 'MainThread', time.time()]]}),
    ('loop', {'pid': PID, 'loop': 'asyncio', 'state': 'running', 'thread': PID}),
    ('dropped', {'pid': PID, 'count': 7}),
    ('report', REPORT), ('report', dict(REPORT, kind='warn')), ('report', dict(REPORT, kind='freeze')),
    ('exiting', {'pid': PID, 'place': '/shop.py:3'}),
    ('call', {'what': 'call', 'name': 'shop:add', 'text': 'n=3', 'thread': 'MainThread', 'depth': 3, 'asked': ['shop:add']}),
    ('call', {'what': 'return', 'name': 'shop:add', 'text': '4', 'thread': 'w', 'depth': 3, 'took_us': 1234, 'ran_us': 1200}),
    ('call', {'what': 'dropped', 'count': 12}),
    ('call', {'what': 'complaint', 'name': 'shop:add', 'text': 'NameError: x'}),
    ('changes', {'changes': [['trace', 'shop:add', ''], ['break', 'shop:sub', 'n > 3'], ['patch', 'shop:tax', '0.2']]}),
)
# Each on a connection of its own, on which it waits.
HELD = (
    ('report', dict(REPORT, hold=True, native_id=PID, exception=0x1000, final=False)),
    ('held', {'hold': True, 'thread': PID, 'name': 'shop:add', 'thread_name': 'MainThread'}),
    ('dying', {'hold': True, 'thread': PID, 'signal': 11, 'code': 1, 'address': '4096', 'sender': 0,
               'context': '140000000000000'}),
)
KINDS = ('attach', 'heartbeat', 'process', 'warn', 'die', 'fault', 'exception', 'freeze')
ANSWERS = {
    'evaluate': {'text': '42', 'where': '/shop.py:3 in add', 'truncated': False},
    'trace': {'label': 'shop:add', 'place': '/shop.py:3', 'is_python': True, 'count': 3, 'replaced': True},
    'break': {'label': 'shop:add', 'place': '/shop.py:3', 'is_python': True, 'replaced': True},
    'untrace': {'labels': ['shop:add', 'shop:sub']},
    'unbreak': {'labels': ['shop:add']},
    'patch': {'label': 'shop:tax', 'text': '0.2'},
    'unpatch': {'labels': ['shop:tax'], 'changed': ['shop:tax']},
}
REFUSAL = {'refused': 'no-name', 'detail': 'shop'}


def list_places(part):
    """(container, key) of all that is in it."""
    keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys:
        yield part, key
        yield from list_places(part[key])


def spoil(r, message):
    message = copy.deepcopy(message)
    for _ in range(r.choice((0, 1, 1, 1, 2, 5))):
        places = list(list_places(message))
        if not places:
            break
        container, key = r.choice(places)
        kind = r.randrange(8)
        if kind == 0:
            del container[key]
        elif kind == 1:
            container[key] = copy.deepcopy(r.choice(places)[0])
        elif kind == 2 and isinstance(container, list):
            container.extend(copy.deepcopy(container[key]) for _ in range(r.randrange(50)))
        else:
            container[key] = copy.deepcopy(r.choice(EVIL))
    line = (json.dumps(message) + '\n').encode()
    if r.random() < 0.1:
        at = r.randrange(len(line))
        line = line[:at] + r.choice((b'', b'\xff', b'\x00', b'\n', b'[' * 2000, b'1' * 5000)) + line[at + r.randrange(3):]
    return line


def connect_to_channel():
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(os.environ['FLATLINE_AGENT_SOCKET'])
    return channel


def say(connection, line):
    try:
        connection.sendall(line)
    except OSError:
        pass  # The supervisor may shut us out.


def answer(r, channel):
    """All that is asked, for as long as anybody asks."""
    for line in channel.makefile():
        asked = json.loads(line)
        result = ANSWERS.get(asked['method'], {})
        reply = {'id': asked['id'], 'result': REFUSAL if r.random() < 0.1 else result}
        if r.random() < 0.1:
            reply['error'] = reply.pop('result')
        # Most of them are heard as answers.
        identity = reply['id'] if r.random() < 0.9 else None
        spoiled = spoil(r, reply)
        if identity is not None:
            try:
                heard = json.loads(spoiled)
                heard['id'] = identity
                spoiled = (json.dumps(heard) + '\n').encode()
            except (ValueError, TypeError):
                pass
        say(channel, spoiled)


def tell_the_relay(r):
    kind = r.choice(KINDS)
    payload = dict(REPORT, reason='LOAD', caller='main', control_port=1)
    with socket.create_connection((os.environ['FLATLINE_HOST'], int(os.environ['FLATLINE_PORT']))) as relay:
        say(relay, spoil(r, {'token': os.environ['FLATLINE_TOKEN'], 'kind': kind, 'payload': payload}))


def tell_and_wait(r):
    with connect_to_channel() as channel:
        name, params = r.choice(HELD)
        say(channel, spoil(r, {'event': name, 'params': params}))
        channel.settimeout(r.random() / 20)
        try:
            channel.recv(100)
        except OSError:
            pass


def main():
    seed, n_messages = int(sys.argv[1]), int(sys.argv[2])
    r = random.Random(seed)
    truthful = connect_to_channel()
    say(truthful, (json.dumps({'event': 'hello', 'params': EVENTS[0][1]}) + '\n').encode())
    threading.Thread(target=answer, args=(random.Random(seed + 1), truthful), daemon=True).start()
    others = []
    for _ in range(n_messages):
        deed = r.random()
        if deed < 0.1:
            tell_the_relay(r)
        elif deed < 0.13:
            tell_and_wait(r)
        elif deed < 0.2:
            others.append(connect_to_channel())
        elif deed < 0.25 and others:
            others.pop(r.randrange(len(others))).close()
        else:
            name, params = r.choice(EVENTS)
            say(r.choice([truthful, *others]), spoil(r, {'event': name, 'params': params}))
        time.sleep(0.001)
    for other in others:
        other.close()
    # However a line began that it never ended.
    while True:
        beats = {'pid': PID, 'beats': [['program', 'THE END', 'main', time.time()]]}
        say(truthful, ('\n' + json.dumps({'event': 'beats', 'params': beats}) + '\n').encode())
        time.sleep(0.2)


main()
