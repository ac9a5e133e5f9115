#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two threads take the same two locks, each in its own order."""
import threading
import time

from flatline import beat

accounts_lock = threading.Lock()
journal_lock = threading.Lock()
both_have_one = threading.Barrier(2)


def transfer(amount):
    with accounts_lock:
        both_have_one.wait()
        with journal_lock:
            print("transferred", amount)


def audit(year):
    with journal_lock:
        both_have_one.wait()
        with accounts_lock:
            print("audited", year)


def main():
    for second in range(5):
        beat("OPEN", "bank")
        time.sleep(0.2)
    auditor = threading.Thread(target=audit, args=(2026,), name="auditor")
    auditor.start()
    transfer(amount=100)
    auditor.join()


if __name__ == "__main__":
    main()
