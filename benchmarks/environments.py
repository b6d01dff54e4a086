"""Virtual environments with the packages of one program only, and processes that run in them."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout through a source archive, which leaves no `build/` here."""
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(requirements: list[str], folder: Path) -> tuple[Path, int]:
    """Make a new environment; return its Python and the bytes that the requirements added."""
    venv.create(folder, with_pip=True, clear=True)
    before = size_of(folder)
    python = python_of(folder)
    command = [python, "-m", "pip", "install", "-qq", *requirements]
    subprocess.run(command, check=True, **outside_checkout())
    return python, size_of(folder) - before


def python_of(folder: Path) -> Path:
    """Return the Python of an environment."""
    return folder / "bin" / "python"


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file())


def outside_checkout() -> dict[str, Any]:
    """Return the arguments of `subprocess` for a process that must not import this checkout."""
    return {"cwd": "/", "env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}}
