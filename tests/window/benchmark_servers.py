# SPDX-License-Identifier: MIT
"""How long the turns of the window's main loop take while its database server is well, stops without a word, is a port
that never answers, or drops each connection after ten commands. By processor time, and by the clock, which also counts
what else runs on the machine: compare with the server that is well."""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchmark_window import BUILD, Window  # noqa: E402

SECONDS = int(os.environ.get('FLATLINE_BENCHMARK_SECONDS', '20'))
PROGRAM = '''\
import time
from flatline import RemoteClient
client = RemoteClient()
while True:
    client.beat('TICK', 'main')
    time.sleep(0.02)
'''


def children_named(parent, name):
    with open(f'/proc/{parent}/task/{parent}/children', encoding='ascii') as file:
        for pid in map(int, file.read().split()):
            with open(f'/proc/{pid}/comm', encoding='ascii') as comm:
                if comm.read().strip() == name:
                    yield pid


def measure(what, folder, address, meanwhile=None):
    config, program = os.path.join(folder, 'config.ini'), os.path.join(folder, 'beats.py')
    with open(config, 'w', encoding='utf-8') as file:
        file.write(f'[flatline]\n[database]\nenabled = true\nuser = root\n{address}\n')
    with open(program, 'w', encoding='utf-8') as file:
        file.write(PROGRAM)
    window = Window('--config', config, program)
    time.sleep(SECONDS / 4)
    if meanwhile:
        meanwhile()
    time.sleep(SECONDS * 3 / 4)
    megabytes = window.megabytes()['Rss']
    window.end()
    turns, clock = window.lines('turns')[0], window.lines('clock')[0]
    print(f'{what}: {turns[1]} turns, the longest {int(turns[5]) / 1000:.1f} ms of processor, '
          f'{int(clock[4]) / 1000:.1f} ms by the clock; {megabytes:.0f} MiB', flush=True)


def pass_ten_commands(client, path):
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)

    def answer():
        while data := server.recv(65536):
            client.sendall(data)

    def answer_quietly():
        try:
            answer()
        except OSError:
            pass
    threading.Thread(target=answer_quietly, daemon=True).start()
    try:
        for _ in range(12):
            server.sendall(client.recv(65536))
    except OSError:
        pass
    for end in (client, server):
        end.close()


def listen():
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(16)
    return listener, f'host = 127.0.0.1\nport = {listener.getsockname()[1]}'


def drop_after_ten(listener, path):
    while True:
        client = listener.accept()[0]
        threading.Thread(target=pass_ten_commands, args=(client, path), daemon=True).start()


def main():
    fleet = subprocess.Popen([os.path.join(BUILD, 'tests', 'store', 'store-fleet')], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    path = fleet.stdout.readline().strip()
    if path == 'none':
        print('there is no mariadbd here (Debian: mariadb-server-core)')
        return
    folder = os.path.dirname(path)
    server = next(children_named(fleet.pid, 'mariadbd'))
    measure('a server that is well', folder, f'socket = {path}')
    measure('a server that stops', folder, f'socket = {path}', lambda: os.kill(server, signal.SIGSTOP))
    os.kill(server, signal.SIGCONT)
    silent, address = listen()
    measure('a port that never answers', folder, address)
    dropping, address = listen()
    threading.Thread(target=drop_after_ten, args=(dropping, path), daemon=True).start()
    measure('a server that drops after ten commands', folder, address)
    fleet.stdin.close()
    fleet.wait(60)


if __name__ == '__main__':
    main()
