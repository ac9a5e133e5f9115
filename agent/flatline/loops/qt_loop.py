# SPDX-License-Identifier: MIT
"""Beats in Qt's event loop: a QTimer while QCoreApplication.exec() runs (PySide and PyQt)."""
from . import INTERVAL, announce, beat


def fit(core):
    application = core.QCoreApplication

    def wrap(original):
        def run(*args):
            timer = core.QTimer()
            timer.setInterval(int(INTERVAL * 1000))
            timer.timeout.connect(lambda: beat("qt"))
            timer.start()
            announce("qt", True)
            beat("qt")
            try:
                return original()
            finally:
                timer.stop()
                announce("qt", False)

        return staticmethod(run)

    for name in ("exec", "exec_"):
        original = getattr(application, name, None)
        if original is not None:
            setattr(application, name, wrap(original))
