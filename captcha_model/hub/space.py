"""Pushing this project's page from a checkout to a Space of the Hub."""

from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model._utils.name_some import name_some
from captcha_model.errors import HubError
from captcha_model.hub.upload import Destination, push_files

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo

# The Space installs requirements.txt and runs `app.py` in a folder of these files.
_FILES = ("LICENSE", "README.md", "app.py", "requirements.txt")
_FOLDERS = ("captcha_model/", "demo/", "hub_card/")
# In these folders, but not needed by the page.
_LEFT_OUT = "demo/walkthrough"


def push_space(checkout: Path, to: Destination) -> "CommitInfo":
    """Push the page to a Space.

    Other files in the same folders of the Space are deleted; files elsewhere in it stay.

    Args:
        checkout: the top folder of a checkout of this project.
        to: the destination.

    Returns:
        The address of the commit.

    Raises:
        HubError: the folder is not a checkout, or the Hub cannot be reached or rejects the push;
            the Space is unchanged.
    """
    return push_files(
        space_files(checkout),
        to,
        kind="space",
        is_ours=lambda path: path in _FILES or path.startswith(_FOLDERS),
    )


def space_files(checkout: Path) -> dict[str, Path]:
    """Return the files of a Space: only those that git tracks, without build outputs.

    Args:
        checkout: the top folder of a checkout of this project.

    Returns:
        The paths here by the paths in the Space, which are sorted.

    Raises:
        HubError: it is not such a folder, it has files that git does not track, or it lacks some.
    """
    kept = _listed(checkout, "--cached")
    if not set(_FILES) <= set(kept):
        raise HubError(
            f"{checkout} is not the top folder of a checkout of captcha_model, from which a Space "
            "is pushed.",
            code="CHECKOUT_MISSING",
        )
    # An untracked file may be a new module that the page needs, or a private file.
    if untracked := _listed(checkout, "--others", "--exclude-standard"):
        raise HubError(
            f"Git does not track {name_some(untracked)}. Add these files, or move them away.",
            code="CHECKOUT_UNCLEAR",
        )
    if missing := [path for path in kept if not (checkout / path).is_file()]:
        raise HubError(
            f"Git tracks {name_some(missing)}, but these files are missing.",
            code="CHECKOUT_UNCLEAR",
        )
    return {path: checkout / path for path in kept}


def _listed(checkout: Path, *which: str) -> list[str]:
    """Return the files of a Space that git lists; none if the folder is not a checkout."""
    import subprocess  # Here: reading images starts no process, and would wait for the import.

    command = ["git", "ls-files", "-z", *which, "--", *_FILES, *_FOLDERS]
    try:
        done = subprocess.run(command, cwd=checkout, capture_output=True, check=False)
    except OSError as error:
        raise HubError(
            f"Git cannot be run to list the files of the project: {error.strerror}.",
            code="GIT_MISSING",
        ) from error
    names = done.stdout.decode().split("\0")[:-1]
    return sorted({name for name in names if not name.startswith(_LEFT_OUT)})
