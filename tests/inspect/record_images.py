#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Records tests/inspect/images anew: record_images.py RECORD-IMAGE NAME=COMMAND…, such as 3.11=/usr/bin/python3 or
3.14=chroot,/srv/sid,/usr/bin/python3.14. numpy=… and pandas=… have objects of those besides, and need a Python that has
them. Beside each image lies what the program itself said it was doing."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def record(recorder, name, command):
    with open(os.path.join(HERE, 'images_program.py'), encoding='utf-8') as source:
        text = source.read()
    library = name if name in ('numpy', 'pandas') else None
    process = subprocess.Popen([*command, '-I', *([] if library else ['-S']), '-X', 'utf8', '-c', text,
                                *([library] if library else [])], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, encoding='utf-8')
    try:
        said = []
        for line in process.stdout:
            if line == 'end\n':
                break
            said.append(line)
        image = os.path.join(HERE, 'images', name + '.image.gz')
        subprocess.run([recorder, str(process.pid), image], check=True)
        with open(os.path.join(HERE, 'images', name + '.said'), 'w', encoding='utf-8') as file:
            file.writelines(said)
        print(name, os.path.getsize(image), 'bytes,', len(said), 'facts')
    finally:
        process.kill()
        process.wait()


for argument in sys.argv[2:]:
    name, _, command = argument.partition('=')
    record(sys.argv[1], name, command.split(','))
