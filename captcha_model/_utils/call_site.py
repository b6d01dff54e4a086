"""Where a user's program calls this package."""

import os
import sys
from pathlib import Path

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


def callers_stacklevel() -> int:
    """Return the `stacklevel` by which `warnings.warn` names the line that called this package.

    The function that calls this one issues the warning. How many functions of the package are
    above it depends on the method that was called.
    """
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
