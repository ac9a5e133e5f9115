# SPDX-License-Identifier: MIT
"""The agent: one quiet thread that beats, sends what the program beat, and answers the supervisor.

The thread is made with _thread: `threading` does not know it, it keeps nothing alive and takes no signals. It beats as
the interpreter lane whenever it gets the GIL; that it does not get it is what the supervisor listens for. Around a
fork it ends and starts again, so that the program forks with as many threads as it made itself.
"""
import atexit
import posix
import sys
import time
from collections import deque

import _signal
import _socket
import _thread

from . import imports
from .channel import Channel, encode

VERSION = "2.0.0"
TICK = 0.125
TICKS_A_BEAT = 2
MAX_QUEUED = 20000
FLUSH_TIMEOUT = 0.5

_agent = None


class Agent:
    def __init__(self, path):
        self.path = path
        self.queue = deque()
        self.dropped = 0
        self.channel = None
        self.sending = _thread.allocate_lock()
        self._wake = None
        self._ended = None
        self._ending = False
        self._shutdown_noted = False

    # The connection

    def connect(self):
        self.channel = Channel(_socket.AF_UNIX, self.path)
        self.send_event("hello", {
            "pid": posix.getpid(),
            "ppid": posix.getppid(),
            "python": sys.version.split()[0],
            "agent": VERSION,
            "capabilities": ["beat", "close", "ping", "report"],
        })

    def send_event(self, event, params):
        channel = self.channel
        if channel is None or not channel.is_open:
            return False
        line = '{"event":"%s","params":%s}' % (event, encode(params))
        if not self.sending.acquire(True, FLUSH_TIMEOUT):
            return False
        try:
            return channel.send_line(line)
        finally:
            self.sending.release()

    # Beats

    def add_beat(self, lane, reason, caller, timestamp):
        """Queues a beat; a full queue drops it and counts."""
        if len(self.queue) >= MAX_QUEUED:
            self.dropped += 1
            return
        self.queue.append((lane, reason, caller, timestamp))

    def flush(self):
        beats = []
        while True:
            try:
                beats.append(self.queue.popleft())
            except IndexError:
                break
            if len(beats) >= 1000:
                self.send_event("beats", {"pid": posix.getpid(), "beats": beats})
                beats = []
        if beats:
            self.send_event("beats", {"pid": posix.getpid(), "beats": beats})
        if self.dropped:
            dropped, self.dropped = self.dropped, 0
            self.send_event("dropped", {"pid": posix.getpid(), "count": dropped})

    # The thread

    def start_thread(self):
        self._ending = False
        self._wake = _thread.allocate_lock()
        self._wake.acquire()
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
        try:
            _thread.start_new_thread(self._run, (self._wake, self._ended))
        except RuntimeError:
            # No thread, no beats: the supervisor must not wait for them.
            self._ended.release()
            self.channel.close()
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, blocked)

    def _run(self, wake, ended):
        ticks = 0
        try:
            while not self._ending and self.channel is not None and self.channel.is_open:
                if ticks % TICKS_A_BEAT == 0:
                    self.add_beat("interpreter", "", "", time.time())
                ticks += 1
                self.flush()
                self._note_shutdown()
                for line in self.channel.receive_lines():
                    self._answer(line)
                wake.acquire(True, TICK)
        except Exception:
            pass
        finally:
            ended.release()

    def stop_thread(self):
        self._ending = True
        if self._wake is not None and self._wake.locked():
            try:
                self._wake.release()
            except RuntimeError:
                pass
        if self._ended is not None and self._ended.acquire(True, FLUSH_TIMEOUT):
            self._ended.release()

    def _answer(self, line):
        from .requests import answer

        reply = answer(line)
        if reply is not None and self.sending.acquire(True, FLUSH_TIMEOUT):
            try:
                self.channel.send_line(encode(reply))
            finally:
                self.sending.release()

    # The end

    def _note_shutdown(self):
        """Asks `threading`, once it is there, to say when the main thread is done."""
        if self._shutdown_noted:
            return
        threading = sys.modules.get("threading")
        register = getattr(threading, "_register_atexit", None)
        if register is None:
            return
        self._shutdown_noted = True
        try:
            register(self.send_exiting)
        except Exception:
            pass

    def send_exiting(self):
        self.flush()
        self.send_event("exiting", {"pid": posix.getpid()})

    def finish(self):
        """At exit, after the program's own handlers: whatever is left arrives, and the exception that ended it."""
        try:
            self.stop_thread()
            from .exceptions import report_last

            report_last(self)
            self.send_exiting()
        except Exception:
            pass

    # Fork

    def before_fork(self):
        try:
            self.stop_thread()
            self._wait_for_thread()
        except Exception:
            pass

    @staticmethod
    def _wait_for_thread():
        """The thread has done its work; give the kernel a moment to take it off the list."""
        deadline = time.monotonic() + 0.02
        expected = _thread._count() + 1
        while len(posix.listdir("/proc/self/task")) > expected and time.monotonic() < deadline:
            time.sleep(0.0002)

    def after_fork_in_parent(self):
        try:
            self.start_thread()
        except Exception:
            pass

    def after_fork_in_child(self):
        try:
            self.sending = _thread.allocate_lock()
            self.queue.clear()
            self.dropped = 0
            if self.channel is not None:
                self.channel.close()
            self.connect()
            self.start_thread()
        except Exception:
            pass


def get():
    """The running agent, or None."""
    return _agent


def start():
    global _agent
    path = posix.environ.get(b"FLATLINE_AGENT_SOCKET")
    if _agent is not None or not path or posix.environ.get(b"FLATLINE_ENABLED") != b"1":
        return
    agent = Agent(path)
    agent.connect()
    if not agent.channel.is_open:
        return
    _agent = agent
    posix.register_at_fork(before=agent.before_fork, after_in_parent=agent.after_fork_in_parent,
                           after_in_child=agent.after_fork_in_child)
    atexit.register(agent.finish)
    imports.install()
    agent.start_thread()
