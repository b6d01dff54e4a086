"""Virtual environments of their own, for tests of what an install brings."""

import os
import venv
from pathlib import Path


def empty_environment(folder: Path) -> dict[str, str]:
    """Make a virtual environment with pip alone, and return the variables that put it first."""
    venv.create(folder, with_pip=True)
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**variables, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
