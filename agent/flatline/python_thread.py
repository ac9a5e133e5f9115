# SPDX-License-Identifier: MIT
"""The agent's thread where there is no C part: one of Python's, which its lists have, in none of whose signals it is."""
import posix
from time import monotonic, sleep

import _signal
import _thread

_LEAVE_TIMEOUT = 0.1


class PythonThread:
    """Calls take_turn(whether a beat is due) every `interval` seconds until it answers something false."""

    def __init__(self, take_turn, interval):
        self._take_turn = take_turn
        self._interval = interval
        self._ending = False
        self._id = 0
        self._wake = self._held_lock()
        self._ended = self._held_lock()

    @staticmethod
    def _held_lock():
        lock = _thread.allocate_lock()
        lock.acquire()
        return lock

    def start(self, timeout):
        """Whether there could be one. One that has not begun yet ends what faulthandler prints, which takes it for
        freed: so that is waited for, `timeout` seconds at most."""
        begun = self._held_lock()
        blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
        try:
            _thread.start_new_thread(self._run, (begun,))
        except RuntimeError:
            self._ended.release()
            return False
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, blocked)
        begun.acquire(True, timeout)
        return True

    def _run(self, begun):
        self._id = _thread.get_native_id()
        begun.release()
        try:
            is_beat_due = True
            while self._take_turn(is_beat_due) and not self._ending:
                self._wake.acquire(True, self._interval)
                is_beat_due = not is_beat_due
        finally:
            self._ended.release()

    def stop(self, timeout):
        """Ends it, for at most so many seconds, until the kernel knows nothing of it either."""
        self._ending = True
        if self._wake.locked():
            try:
                self._wake.release()
            except RuntimeError:
                pass
        if not self._ended.acquire(True, timeout):
            return
        self._ended.release()
        deadline = monotonic() + _LEAVE_TIMEOUT
        path = "/proc/self/task/%d" % self._id
        try:
            while monotonic() < deadline:
                posix.stat(path)
                sleep(0.0001)
        except OSError:
            pass
