"""Git, for tests of what a checkout is."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> None:
    """Run a git command in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def put_under_git(folder: Path) -> None:
    """Make a folder a checkout of all that is in it and not ignored."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
