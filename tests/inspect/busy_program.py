# SPDX-License-Identifier: MIT
"""Never still: threads that compute, recurse, come and go, and children that are forked all the time. Every call stands
on a line of its own that names who is called, so that a stack can be checked against this text. busy_program.py N: and
N threads more that sleep and are woken now and then."""
import os
import sys
import threading
import time

ending = threading.Event()
bell = threading.Semaphore(0)
counts = {'rounds': 0, 'threads': 0, 'children': 0}


def leaf_one(number):
    return number + 1


def leaf_two(number):
    text = str(number)
    return len(text)


def middle(number):
    total = leaf_one(number)
    total += leaf_two(number)
    return total


def recurse(depth):
    if depth == 0:
        return middle(depth)
    if depth % 2:
        return recurse(depth - 1)
    value = middle(depth)
    value += recurse(depth - 1)
    return value


def produce(limit):
    for number in range(limit):
        yield leaf_one(number)


def consume(limit):
    total = 0
    for number in produce(limit):
        total += leaf_two(number)
    return total


def work():
    while not ending.is_set():
        middle(3)
        recurse(12)
        consume(5)
        counts['rounds'] += 1


def short_life():
    recurse(4)
    time.sleep(0.001)


def breed():
    while not ending.is_set():
        young = threading.Thread(target=short_life)
        young.start()
        young.join()
        counts['threads'] += 1


def beget():
    while not ending.is_set():
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        counts['children'] += 1
        time.sleep(0.002)


def doze():
    bell.acquire()
    while not ending.is_set():
        recurse(2)
        bell.acquire()


def ring():
    while not ending.is_set():
        bell.release()
        time.sleep(0.005)


def main():
    sleepers = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    targets = [work, work, breed, beget] + [ring] * bool(sleepers) + [doze] * sleepers
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    sys.stdout.write('ready\n')
    sys.stdout.flush()
    sys.stdin.readline()
    ending.set()
    bell.release(max(sleepers, 1))
    for thread in threads:
        thread.join()
    print(counts['rounds'], counts['threads'], counts['children'], flush=True)


main()
