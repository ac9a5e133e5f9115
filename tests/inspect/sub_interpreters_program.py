# SPDX-License-Identifier: MIT
"""Several interpreters in one process, each with a thread that holds still; prints their ids once all of them do."""
import json
import os
import sys
import threading

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

CODE = '''
import os, time
def hold_inside(number):
    doubled = number * 2
    os.write({fd}, b"x")
    time.sleep(1000)
hold_inside({number})
'''

reading, writing = os.pipe()
ids = []
for number in range(3):
    made = interpreters.create()
    threading.Thread(target=interpreters.run_string, args=(made, CODE.format(fd=writing, number=number)), daemon=True,
                     name='runner' + str(number)).start()
    os.read(reading, 1)
    ids.append(int(made))
for line in sys.stdin:
    print(json.dumps(ids), flush=True)
