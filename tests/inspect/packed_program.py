# SPDX-License-Identifier: MIT
"""Its libraries are loaded as PyInstaller packs them, which leaves their code nothing of its files but "threading.py", or
with PACKER=Nuitka as that does, beside the program; a deadlock through one of them. The package lagoon is
not the program's, the package packed is."""
import importlib.machinery
import os
import sys
import types


def get_code(loader, name):
    file = name.replace('.', '/') + ('/__init__.py' if loader.is_package(name) else '.py')
    return compile(loader.get_data(loader.get_filename(name)), folder + file, 'exec', dont_inherit=True)


def add_package(name):
    module = sys.modules[name] = types.ModuleType(name)
    module.__version__ = '1.0'
    exec(compile('def call(function, *arguments):\n    function(*arguments)\n', f'{folder}{name}/client.py', 'exec'),
         vars(module))
    return module.call


__file__ = '/nowhere/unpacked/packed_program.py'
if os.environ.get('PACKER') == 'Nuitka':
    folder = '/nowhere/unpacked/'
    # The fields are those of Nuitka's named tuple: the sixth tells that it is alone, the twelfth that it is a module.
    __compiled__ = (4, 3, 3, 'release', '/nowhere', True, False, False, False, False, False, False)
else:
    folder = ''
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


call_of_package, call_of_program = add_package('lagoon'), add_package('packed')

lock = threading.Lock()
sys.stdin.readline()
with lock:
    packer = threading.Thread(target=call_of_program, args=(call_of_package, pack, Order('tea', 3)), name='packer')
    packer.start()
    packer.join()
