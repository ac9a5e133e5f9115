# SPDX-License-Identifier: MIT
"""Its libraries are loaded as PyInstaller packs them, which leaves their code nothing of its files but "threading.py"; a
deadlock through one of them."""
import importlib.machinery
import sys


def get_code(loader, name):
    file = name.replace('.', '/') + ('/__init__.py' if loader.is_package(name) else '.py')
    return compile(loader.get_data(loader.get_filename(name)), file, 'exec', dont_inherit=True)


sys._MEIPASS = '/nowhere/unpacked'
importlib.machinery.SourceFileLoader.get_code = get_code
for known in [name for name in sys.modules if name in ('dataclasses', 'reprlib', 'threading')]:
    del sys.modules[known]
import dataclasses  # noqa: E402
import threading  # noqa: E402


@dataclasses.dataclass
class Order:
    name: str
    count: int


def pack(order):
    print('1', flush=True)
    with lock:
        print(order)


lock = threading.Lock()
sys.stdin.readline()
with lock:
    packer = threading.Thread(target=pack, args=(Order('tea', 3),), name='packer')
    packer.start()
    packer.join()
