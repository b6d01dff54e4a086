"""What the tests of training share."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def python_handles_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C be Python's: tests that a shell runs in the background inherit that it is not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
