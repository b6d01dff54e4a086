"""Telling a process from its forked children, which have its objects but none of its threads."""

import os

_forks = 0


def fork_count() -> int:
    """Return how many forks lie between the first process and this one.

    An object that keeps the number can tell whether it was made in this process.
    """
    return _forks


def _count_fork() -> None:
    global _forks
    _forks += 1


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)
