"""Virtual environments with what one program needs and no more, and processes that run in them."""

import os
import subprocess
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout, by a source archive, which leaves no `build/` here."""
    command = ["python", "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(requirements: list[str], folder: Path) -> tuple[Path, int]:
    """Make an environment anew; return its Python and the bytes that the requirements added."""
    venv.create(folder, with_pip=True, clear=True)
    before = size_of(folder)
    python = python_of(folder)
    subprocess.run(
        [python, "-m", "pip", "install", "-qq", *requirements], check=True, **elsewhere()
    )
    return python, size_of(folder) - before


def python_of(folder: Path) -> Path:
    """Return an environment's Python."""
    return folder / "bin" / "python"


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file())


def elsewhere() -> dict[str, Any]:
    """Return where a process runs that must not see this checkout."""
    return {"cwd": "/", "env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}}
