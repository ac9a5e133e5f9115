# SPDX-License-Identifier: MIT
"""What a person does with the window in a few minutes, as steps of (name, act): by keys and mouse alone, in a window of
1440×900. Points are where panes lie in it; FLATLINE_BENCHMARK_PICTURES=FOLDER keeps a picture of each step, to see that
they still do what they say."""
import os
import signal

CPU_HEADER, MEMORY_HEADER = (249, 135), (312, 135)
A_PROCESS, A_FREEZE = (90, 260), (150, 780)
STATE_HEADER, LOCAL_HEADER = (837, 782), (558, 782)
CONNECTION_FILTER, VARIABLE_FILTER = (700, 751), (1280, 236)
OUTPUT_TAB, NETWORK_TAB, CONSOLE_TAB, SHELL_TAB = (425, 723), (555, 723), (670, 723), (795, 723)
THREADS, SOURCE, VARIABLES = (450, 500), (800, 500), (1250, 400)
SEPARATORS = ((326, 500, 120, 0), (800, 705, 0, -150), (567, 400, 100, 0), (1115, 400, -150, 0))


def drag_separators(window):
    """Each there and back again."""
    for x, y, dx, dy in SEPARATORS:
        window.drag(x, y, dx, dy)
        window.drag(x + dx, y + dy, -dx, -dy)


def play_stack(window):
    yield 'stack', lambda: window.key('1')
    yield 'walk down the stack', lambda: window.key('alt+1', 'Down', 'Down', 'Down', 'Up')
    yield 'unfold equal threads', lambda: window.key('alt+1', 'End', 'Up', 'Right')
    yield 'scroll threads', lambda: window.scroll(*THREADS)
    yield 'fold equal threads', lambda: window.key('Left')
    yield 'scroll the source', lambda: window.scroll(*SOURCE)


def play_variables(window):
    """The crowd's first two variables are a list of ten million and a nest two thousand deep; eight others follow."""
    rest = ['End', *['Up'] * 9]  # the row for what was not read
    yield 'variables', lambda: window.key('1', '2')
    yield 'open ten million items', lambda: window.key('2', 'Home', 'Right')
    yield 'scroll items', lambda: window.scroll(*VARIABLES)
    yield 'the next thousand', lambda: window.key(*rest, 'Return')
    yield 'the end of the items', lambda: window.key(*rest)
    yield 'filter variables', lambda: window.type_at(VARIABLE_FILTER, '99')
    yield 'no filter of variables', lambda: window.key('Escape')
    yield 'close the items', lambda: window.key('2', 'Home', 'Left')
    yield 'down a deep nest', lambda: window.key('Home', 'Down', *['Right', 'Down'] * 20)
    yield 'close the nest', lambda: window.key('Home', 'Down', 'Left')
    yield 'copy as JSON', lambda: window.menu('shift+F10', 'j')


def play_network(window):
    yield 'connections', lambda: window.key('8')
    yield 'scroll connections', lambda: window.scroll(800, 850)
    yield 'sort connections', lambda: window.click(*STATE_HEADER)
    yield 'sort connections the other way', lambda: window.click(*STATE_HEADER)
    yield 'monitor', lambda: window.key('9')
    yield 'sort while monitoring', lambda: window.click(*LOCAL_HEADER)
    yield 'scroll while monitoring', lambda: window.scroll(800, 850)
    yield 'monitor ends', lambda: window.key('9')
    yield 'filter connections', lambda: window.type_at(CONNECTION_FILTER, 'estab')
    yield 'filter few connections', lambda: (window.key('ctrl+a'), window.type('listen'))
    yield 'no filter of connections', lambda: window.key('Escape', 'ctrl+a', 'BackSpace')
    yield 'refresh', lambda: window.key('alt+3', '6')


def play_processes(window):
    yield 'processes', lambda: window.key('alt+3', 'Home', 'Down', 'Down', 'End', 'Home')
    yield 'scroll processes', lambda: window.scroll(120, 300)
    yield 'fold processes', lambda: window.key('alt+3', 'Home', 'Left')
    yield 'unfold processes', lambda: window.key('Right')
    yield 'sort processes', lambda: window.click(*CPU_HEADER)
    yield 'sort processes by memory', lambda: window.click(*MEMORY_HEADER)
    yield 'menu of a process', lambda: window.menu_at(A_PROCESS)
    yield 'a signal and its toast', lambda: window.menu_at(A_PROCESS, 'g', 'Up', 'Up', 'Return')
    yield 'unfold once more', lambda: window.key('alt+3', 'Home', 'Left', 'Right', 'Left', 'Right')


def play_freezes(window, program):
    yield 'freeze', lambda: os.kill(program, signal.SIGUSR1)
    yield 'freeze goes on', lambda: None
    yield 'freeze passes', lambda: None
    yield 'past freezes', lambda: window.key('alt+4', 'Down', 'Down', 'Down')
    yield 'scroll past freezes', lambda: window.scroll(*A_FREEZE, times=80)
    yield 'page down past freezes', lambda: window.key('alt+4', *['Next'] * 12)
    yield 'the first freeze', lambda: window.key('alt+4', 'Home')
    yield 'open a past freeze', lambda: window.key('alt+4', 'Home', 'Down', 'Down', 'Return')
    yield 'the tab before', lambda: window.key('ctrl+Prior')
    yield 'the next tab', lambda: window.key('ctrl+Next')
    yield 'close the tab', lambda: window.key('ctrl+w')
    yield 'delete a freeze, with a toast', lambda: window.key('alt+4', 'Down', 'Delete')


def play_window(window):
    yield 'output', lambda: window.click(*OUTPUT_TAB)
    yield 'console', lambda: window.click(*CONSOLE_TAB)
    yield 'shell', lambda: window.click(*SHELL_TAB)
    yield 'network', lambda: window.click(*NETWORK_TAB)
    yield 'tabs to and fro', lambda: [window.click(*tab) for tab in (OUTPUT_TAB, NETWORK_TAB) * 3]
    yield 'side bar', lambda: window.key('alt+3', 'F9')
    yield 'side bar again', lambda: window.key('F9')
    yield 'separators', lambda: drag_separators(window)
    yield 'main menu', lambda: window.menu('F10')
    yield 'status', lambda: window.dialog('alt+3', 'F2')
    yield 'preferences', lambda: window.dialog('ctrl+comma')
    yield 'shortcuts', lambda: window.dialog('h')
    yield 'attach', lambda: window.dialog('ctrl+shift+a')
    yield 'smaller', lambda: window.resize(1024, 600)
    yield 'larger', lambda: window.resize(1440, 900)
    yield 'resize by hand', window.resize_by_hand
    yield 'heartbeat', lambda: window.key('alt+5', 'minus', 'minus', 'minus', 'plus', 'Left', 'Left', 'Prior', 'End')


def play_rare(window):
    """What comes once a day: for a window that has no tab yet, and 5,000 past freezes."""
    yield 'scroll the first page', lambda: window.scroll(720, 700)
    yield 'open a program', lambda: window.open(window.script)
    yield 'open another', lambda: window.open(window.script)
    yield 'to the first tab', lambda: window.key('ctrl+Prior')
    yield 'stack of a small program', lambda: window.key('1')
    yield 'restart', lambda: window.key('r')
    yield 'all shortcuts', lambda: window.dialog('h')
    yield 'all shortcuts again', lambda: window.dialog('h')
    yield 'all preferences', lambda: window.dialog('ctrl+comma')
    yield 'search the preferences', lambda: window.dialog('ctrl+comma', words='sec')
    yield 'help', lambda: window.dialog('F1')
    yield 'fullscreen', lambda: window.key('F11')
    yield 'no fullscreen', lambda: window.key('F11')
    yield 'zoom', lambda: window.key('ctrl+plus', 'ctrl+plus', 'ctrl+0')
    yield 'no tab', lambda: window.close_tab()
    yield 'the tab again', lambda: window.key('ctrl+shift+t')
    yield 'a new window', lambda: window.key('ctrl+n')


def play(window, program):
    """One round."""
    yield from play_stack(window)
    yield from play_network(window)
    yield from play_processes(window)
    yield from play_freezes(window, program)
    yield from play_variables(window)
    yield from play_window(window)
