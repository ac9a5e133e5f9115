# SPDX-License-Identifier: MIT
"""The agent: one quiet thread that beats, sends what the program beat, and answers the supervisor.

The thread is one of C: it is in no list of Python's, keeps nothing alive and takes no signals. It beats as
the interpreter lane whenever it gets the GIL; that it does not get it is what the supervisor listens for. While the
program forks it rests.

Nothing is ever sent in a way that waits. Whoever needs to know that something left the process (a death, the end)
tries for at most FLUSH_TIMEOUT seconds.
"""
import atexit
import posix
import sys
from time import monotonic, sleep, time

import _signal
import _thread
from _collections import defaultdict, deque

from . import error_marks, exceptions, imports, running, uncaught
from .speech import AgentSpeech, RelaySpeech

# The C part. Free-threaded builds have one of their own: their objects are others than the common one knows; some take
# that nevertheless, and die of it.
native = None
try:
    if "t" not in sys.abiflags:
        from . import _native as native
    elif sys.version_info < (3, 16):
        from . import _free_threaded as native
except ImportError:
    pass
# faulthandler names the extensions that are loaded; what the program dies of would then read otherwise.
for _name in ("_native", "_free_threaded"):
    sys.modules.pop("flatline." + _name, None)

if sys.version_info >= (3, 12):
    from . import fork_warning
else:
    fork_warning = None

TICK = 0.125  # a beat every second time
MAX_QUEUED = 20000
MAX_BATCH = 1000
FLUSH_TIMEOUT = 0.5
PATIENCE = 0.05
FORK_PATIENCE = 2.0
QUIET = 2.0

_tried_relay = False

_end_quiet = native.end_quiet if native is not None else lambda: None
_is_unaware = native.is_unaware if native is not None else lambda: False


class Agent:
    FLUSH_TIMEOUT = FLUSH_TIMEOUT
    native = native
    end_quiet = staticmethod(_end_quiet)

    def __init__(self, speech):
        self.speech = speech
        self.queue = deque()
        self._drops = defaultdict(int)  # by thread, each of which counts its own: a common sum would lose some
        self._drops_told = 0
        self.channel = None
        self.live = None  # live.desk.Desk, when something was asked for
        self.lanes = None  # loops.asyncio_loop.Lanes, when there may be loops that the thread asks for beats
        self.finished = False
        self._unsent = b""
        self._sending = _thread.allocate_lock()
        self._thread = None  # without the C part: a PythonThread
        self._forking = _thread.RLock()
        self._exiting_told = False
        self.is_exiting = False
        self._connects_at = 0.0
        self._becoming_aware = _thread.allocate_lock()

    # What is to be told

    @property
    def is_deaf(self):
        """The supervisor is gone: nothing will arrive any more."""
        return self.channel is not None and not self.channel.is_open

    def add_beat(self, lane, reason, caller, timestamp):
        """Queues a beat; a full queue drops it and counts."""
        if self.is_deaf:
            return
        if len(self.queue) >= MAX_QUEUED:
            self._drops[_thread.get_ident()] += 1
            return
        self.queue.append((lane, reason, caller, timestamp))
        _end_quiet()

    def add_event(self, event, params):
        if self.is_deaf:
            return
        if len(self.queue) >= MAX_QUEUED + MAX_BATCH:
            self._drops[_thread.get_ident()] += 1
            return
        self.queue.append((event, params))
        _end_quiet()

    def tell(self, event, params):
        """Queues an event and sees it off, for at most FLUSH_TIMEOUT."""
        self.add_event(event, params)
        self.flush(FLUSH_TIMEOUT)

    # Sending

    def _take(self):
        items = []
        try:
            while len(items) < MAX_BATCH:
                items.append(self.queue.popleft())
        except IndexError:
            pass
        dropped = sum(self._drops.copy().values())
        if dropped > self._drops_told and len(items) < MAX_BATCH:
            items.append(("dropped", {"pid": posix.getpid(), "count": dropped - self._drops_told}))
            self._drops_told = dropped
        return items

    def _pump(self):
        """Sends what the kernel takes; True when nothing is left. With `_sending` held."""
        _end_quiet()
        while self.channel is not None and self.channel.is_open:
            if not self._unsent:
                items = self._take()
                if not items:
                    return True
                self._unsent = self.speech.encode(items)
            sent = self.channel.send(self._unsent)
            self._unsent = self._unsent[sent:]
            if self._unsent and not sent:
                return False
        return False

    def flush(self, timeout, patience=0.0):
        """Whether everything queued has left the process within so many seconds. `patience` is for the one who sends
        at this moment, who may need the interpreter to go on with it."""
        if not self.queue and not self._unsent:
            return True
        if self.channel is None and self._connects_at and timeout > 0:
            self.connect()
        deadline = monotonic() + timeout
        patience = max(timeout, patience)
        if not self._sending.acquire(patience > 0, patience if patience > 0 else -1):
            return False
        try:
            while not self._pump():
                if self.is_deaf or monotonic() >= deadline:
                    return False
                sleep(0.001)
            return True
        finally:
            self._sending.release()

    # The thread

    def put_off_connecting(self):
        """A child may be one of many that are over at once, or look at its descriptors: it is silent for a moment. What
        is to be said before that connects, and so does its end; after it the thread of C says hello without the GIL."""
        self._connects_at = monotonic() + QUIET

    def connect(self):
        self._unsent = b""
        self.channel, first = self.speech.connect(native.take_line() if native is not None else None)
        if first:
            self.queue.extendleft(reversed(first))
            self.flush(0)

    def start_thread(self):
        """What is to be said at the start has been said by connect()."""
        if native is not None:
            first = 0 if self.channel is None else TICK
            greets = self.channel is None and self._connects_at > 0
            if greets:
                first = max(0.0, self._connects_at - monotonic())
            is_started = native.start_ticking(self._take_turn, int(TICK * 1000), int(first * 1000),
                                              self.speech.later_greeting(), greets)
            if is_started:
                self._begin_quiet()
        else:
            from .python_thread import PythonThread

            self._thread = PythonThread(self._take_turn, TICK)
            is_started = self._thread.start(FLUSH_TIMEOUT)
        if not is_started and self.channel is not None:
            # No thread, no beats: the supervisor must not wait for them.
            self.channel.close()

    def _take_turn(self, is_beat_due):
        """What the thread does every TICK while it is not quiet; whether it is to go on."""
        try:
            if _is_unaware():
                self.become_aware()
            if fork_warning is not None:
                fork_warning.let_through()
            if self.channel is None:
                self.connect()
            if not self.channel.is_open:
                if self.live is not None:
                    self.live.release()
                return False
            if self.live is not None:
                self.live.turn()
            if is_beat_due and "interpreter" in self.speech.lanes:
                self.add_beat("interpreter", "", "", time())
            if self.lanes is not None:
                self.lanes.turn(is_beat_due)
            is_all_said = self.flush(0)
            for line in self.channel.receive_lines():
                self._answer(line)
                is_all_said = False
            if is_all_said:
                self._begin_quiet()
            return True
        except Exception:
            return False

    def _begin_quiet(self):
        """The thread of C beats by itself from now on, until something is to be said."""
        line = self.channel.line if self.channel is not None else None
        if line is None or native is None or self._is_awake() or not self._sending.acquire(False):
            return
        try:
            native.begin_quiet(*line)
            # What was put into the queue meanwhile.
            if self.queue or self._unsent or self._is_awake():
                native.end_quiet()
        finally:
            self._sending.release()

    def _is_awake(self):
        """Something here is to have turns, whether or not anything is to be said."""
        return self.live is not None or (self.lanes is not None and self.lanes.runs)

    def stop_thread(self):
        """Ends the thread, and waits until the kernel knows nothing of it either: until then it still takes its leave
        of the interpreter, which must be there for it."""
        if native is not None:
            native.stop_ticking(int(FLUSH_TIMEOUT * 1000))
        elif self._thread is not None:
            self._thread.stop(FLUSH_TIMEOUT)

    def _answer(self, line):
        from .requests import answer

        answer(line, self._say)

    def _say(self, reply):
        with self._sending:
            self._unsent += reply
        self.flush(0)

    # The end

    def tell_exiting(self):
        """The main thread is done: what ended it, and that the interpreter begins to shut down. Told once."""
        if self._exiting_told or self.finished:
            return
        self._exiting_told = True
        try:
            exceptions.report_last(self)
            self.is_exiting = True
            self.tell("exiting", {"pid": posix.getpid()})
        except Exception:
            pass

    def tell_sudden_end(self, frame):
        """os._exit() is called in @frame. Many children end so, and nobody asks where: only the program itself tells."""
        if self.is_deaf or not _is_of_a_known_supervisor() or not _is_child_of_supervisor():
            return
        code = frame.f_code
        place = "%s:%d in %s" % (code.co_filename, frame.f_lineno, getattr(code, "co_qualname", code.co_name))
        self.tell("exiting", {"pid": posix.getpid(), "place": place})

    def finish(self):
        """At exit, after the program's own handlers: whatever is left arrives."""
        try:
            if _is_unaware():
                self.become_aware()
            self.stop_thread()
            if self.live is not None:
                self.live.release()
            self.tell_exiting()
            self.finished = True
            self.flush(FLUSH_TIMEOUT)
            uncaught.expect_finalization(self)
            # The interpreter keeps this object (it knows of forks) longer than it can bear the end of a socket.
            self.channel.close()
        except Exception:
            pass

    # Fork

    # The thread of C rests meanwhile, and goes on. One of Python's ends, and another begins; one at a time, where threads
    # fork beside each other: another's start would be in the midst of it. Who holds the import lock while it forks may
    # keep the first from going on; so nobody waits for long.

    def before_fork(self):
        try:
            if native is not None:
                is_counted = native.hold_ticking(int(FLUSH_TIMEOUT * 1000), int(QUIET * 1000), self._can_wait_in_child())
            else:
                self._forking.acquire(True, FORK_PATIENCE)
                self.stop_thread()
                is_counted = False
            if fork_warning is not None:
                fork_warning.expect(sys._getframe().f_back, is_counted)
        except Exception:
            pass

    def after_fork_in_parent(self):
        """Without the C part."""
        try:
            try:
                self.start_thread()
            finally:
                self._forking.release()
        except Exception:
            pass

    # Most children are over soon, or become another program. Each page of memory that one of them writes to is copied,
    # and to look at an object of Python's is to write to it: so all but a thread of C waits until there is something to
    # say, or two seconds are over.

    def _can_wait_in_child(self):
        return (self.live is None and "interpreter" in self.speech.lanes and _is_of_a_known_supervisor()
                and (self.channel is None or self.channel.line is not None)
                and (self.lanes is None or not self.lanes.runs))

    def after_fork_in_child(self):
        """Where it cannot wait."""
        try:
            if native is not None:
                native.forget_ticking()
            if self.lanes is not None:
                self.lanes.forget()
            self._begin_anew()
            self.start_thread()
        except Exception:
            pass

    def become_aware(self):
        """What could wait after a fork is done. Somebody may have been at that when another thread forked."""
        is_alone = self._becoming_aware.acquire(True, FLUSH_TIMEOUT)
        try:
            if native.is_unaware():
                self._begin_anew()
        finally:
            native.become_aware()
            if is_alone:
                self._becoming_aware.release()

    def _begin_anew(self):
        self._sending = _thread.allocate_lock()
        self._forking = _thread.RLock()
        if self.live is not None:
            self.live.after_fork_in_child()
        self.queue.clear()
        self._drops_told = sum(self._drops.values())
        self.finished = self._exiting_told = self.is_exiting = False
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        if "interpreter" in self.speech.lanes:
            if _is_of_a_known_supervisor() and native is not None:
                self.put_off_connecting()
            else:
                self.connect()


def _is_of_a_known_supervisor():
    return b"FLATLINE_SUPERVISOR" in posix.environ


def _is_child_of_supervisor():
    """Whether this is the program that the supervisor has started, not one that the program has."""
    return posix.environ[b"FLATLINE_SUPERVISOR"] == b"%d" % posix.getppid()


def _begin(agent):
    """Starts the agent's thread, and sees to it that it outlives forks and ends with the program."""
    from . import endings

    if native is not None:
        running.unseen = native.unseen
        running.is_unaware = native.is_unaware
    running.begin(agent)
    if native is not None:
        posix.register_at_fork(before=running.unseen(agent.before_fork), after_in_parent=native.let_go_of_ticking,
                               after_in_child=native.in_child(agent.after_fork_in_child))
    else:
        posix.register_at_fork(before=agent.before_fork, after_in_parent=agent.after_fork_in_parent,
                               after_in_child=agent.after_fork_in_child)
    if fork_warning is not None:
        posix.register_at_fork(after_in_child=running.unseen(fork_warning.let_through))
    atexit.register(running.unseen(agent.finish))
    endings.fit(sys.modules["os"])
    agent.start_thread()


def _is_in_sub_interpreter():
    """Sub-interpreters run sitecustomize as well, and their code may beat. One agent a process is enough, and a thread of
    ours in there is fatal to the program: Py_EndInterpreter() aborts when it finds another."""
    if hasattr(_thread, "_is_main_interpreter"):  # since 3.12
        return not _thread._is_main_interpreter()
    try:
        # Signals are the main interpreter's; number 0 is none, so that nothing is changed by asking.
        _signal.signal(0, _signal.SIG_DFL)
        return False
    except ValueError as error:
        if "main thread" not in str(error):
            return False
    # Other threads of the main interpreter hear the same.
    if _thread.get_native_id() == posix.getpid():
        return True
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        return False
    return interpreters.get_current() != interpreters.get_main()


def _record(settings):
    """The supervisor wants it recorded. What the program starts has a file of its own."""
    from . import record

    try:
        record.begin_supervised(settings, _is_child_of_supervisor())
    except Exception as error:
        sys.stderr.write("flatline: no recording: %s\n" % error)


def start():
    """What sitecustomize calls in a supervised program."""
    path = posix.environ.get(b"FLATLINE_AGENT_SOCKET")
    if running.get() is not None or not path or posix.environ.get(b"FLATLINE_ENABLED") != b"1":
        return
    if _is_in_sub_interpreter():
        return
    agent = Agent(AgentSpeech(path, native))
    if native is not None and _is_of_a_known_supervisor() and not _is_child_of_supervisor():
        agent.put_off_connecting()
    else:
        agent.connect()
        if not agent.channel.is_open:
            return
    if native is not None:
        native.watch_death(path)
    _begin(agent)
    error_marks.begin(native, posix.environ.get(b"FLATLINE_ERROR_MARKS"))
    imports.install()
    uncaught.fit_uncaught()
    uncaught.fit_unraisable()
    if b"FLATLINE_RECORD" in posix.environ:
        _record(posix.environ[b"FLATLINE_RECORD"])


def find():
    """The running agent; in a program that runs without it but knows a relay, one that speaks to the relay; else None.
    The beats of a sub-interpreter are not heard."""
    global _tried_relay
    if running.get() is None and not _tried_relay:
        _tried_relay = True
        try:
            speech = RelaySpeech(posix.environ)
            if speech.is_known and not _is_in_sub_interpreter():
                _begin(Agent(speech))
        except Exception:
            pass
    return running.get()
