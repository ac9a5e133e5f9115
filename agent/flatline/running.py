# SPDX-License-Identifier: MIT
"""The agent that runs in this process, for those parts of it that the program comes by."""

_agent = None


def get():
    """The running agent, or None."""
    if is_unaware():
        _agent.become_aware()
    return _agent


def is_unaware():
    """Whether this is a forked child in which nothing has happened yet, of which the agent knows, where there is the C
    part."""
    return False


def begin(agent):
    """From now on it is this one, until the process ends."""
    global _agent
    _agent = agent


def unseen(step):
    """`step` as what traces or profiles the program does not see it, where there is the C part."""
    return step
