"""Pushing this project's page to a Space of the Hub, out of a checkout."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.errors import HubError, name_some
from captcha_model.hub.upload import Destination, push_files

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo

# The Space runs `app.py` in a folder of these, after installing what requirements.txt names.
_FILES = ("LICENSE", "README.md", "app.py", "requirements.txt")
_FOLDERS = ("captcha_model/", "demo/", "hub_card/")
# What in these folders is for people who read or change the code.
_LEFT_OUT = ("demo/make_", "demo/walkthrough")


def push_space(checkout: Path, to: Destination) -> "CommitInfo":
    """Push the page to a Space.

    What an earlier push left in the same folders is deleted; other files of the Space stay.

    Args:
        checkout: the top folder of a checkout of this project.
        to: where to.

    Returns:
        The address of the commit.

    Raises:
        HubError: the folder is no checkout, or the Hub cannot be reached or refuses; the Space is
            then as it was.
    """
    return push_files(
        space_files(checkout),
        to,
        kind="space",
        is_ours=lambda path: path in _FILES or path.startswith(_FOLDERS),
    )


def space_files(checkout: Path) -> dict[str, Path]:
    """Return what a Space needs, which is files that git keeps: no build outputs and no scraps.

    Args:
        checkout: the top folder of a checkout of this project.

    Returns:
        Paths in the Space, sorted, to files here.

    Raises:
        HubError: it is no such folder, or a file's place in it is not clear.
    """
    kept = _listed(checkout, "--cached")
    if not set(_FILES) <= set(kept):
        raise HubError(
            f"{checkout} is not the top folder of a checkout of captcha_model, which a Space is "
            "made from.",
            code="CHECKOUT_MISSING",
        )
    # Without a new module the Space would not start, and a scrap may be private: so neither.
    if strange := _listed(checkout, "--others", "--exclude-standard"):
        raise HubError(
            f"Git does not know {name_some(strange)}. Add these files to it, or move them away.",
            code="CHECKOUT_UNCLEAR",
        )
    if missing := [path for path in kept if not (checkout / path).is_file()]:
        raise HubError(
            f"Git knows {name_some(missing)}, which are not there.", code="CHECKOUT_UNCLEAR"
        )
    return {path: checkout / path for path in kept}


def _listed(checkout: Path, *which: str) -> list[str]:
    """Ask git for files a Space takes; none where there is no git or no checkout."""
    command = ["git", "ls-files", "-z", *which, "--", *_FILES, *_FOLDERS]
    try:
        done = subprocess.run(command, cwd=checkout, capture_output=True, check=False)
    except OSError as error:
        raise HubError(
            f"Git, which tells the project's files, cannot be run: {error.strerror}.",
            code="GIT_MISSING",
        ) from error
    names = done.stdout.decode().split("\0")[:-1]
    return sorted({name for name in names if not name.startswith(_LEFT_OUT)})
