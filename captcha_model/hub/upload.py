"""Pushing files to a repository of the Hub, as one commit or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captcha_model._utils.hub_failures import clear_failures
from captcha_model.errors import HubError
from captcha_model.storage.manifest import (
    ALL_NETWORK_FILES,
    FACTS_FILE,
    Manifest,
    check_place,
    read_manifest,
)
from captcha_model.storage.model_folder import read_contents

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo, HfApi

MAIN = "main"
COMMIT_MESSAGE = "Push with captcha_model"
# These describe one model, so those of an earlier one must not be left beside a new one.
_OF_ONE_MODEL = frozenset({*ALL_NETWORK_FILES, FACTS_FILE})


@dataclass(frozen=True)
class Destination:
    """The destination of a push.

    Attributes:
        repo_id: the repository, as `user/name`; it is created if it does not exist.
        private: whether the repository is private; a new one has its owner's default if left out.
        branch: the branch, which is created from `main` if it does not exist; `main` if left out.
        create_pr: open a pull request against `main` instead.
        commit_message: the message of the commit.
        token: a token with write access; the one of `hf auth login` if left out.

    Raises:
        HubError: both a branch and a pull request are requested.
    """

    repo_id: str
    private: bool | None = None
    branch: str | None = None
    create_pr: bool | None = None
    commit_message: str = COMMIT_MESSAGE
    token: str | bool | None = None

    def __post_init__(self) -> None:
        if self.create_pr and self.branch not in (None, MAIN):
            raise HubError(
                f"A pull request is against {MAIN!r} and cannot have a branch. "
                f"Received: {self.branch!r}",
                code="BRANCH_AND_PULL_REQUEST",
            )


def check_repo_name(repo_id: str) -> None:
    """Check the name of a repository as a push does, without a request.

    Raises:
        HubError: it is not valid.
    """
    # Public, but the client does not mark it for type checkers.
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    with clear_failures(_failed(repo_id)):
        validate_repo_id(repo_id)


def push_folder(folder: Path, to: Destination) -> "CommitInfo":
    """Check a saved model and push it to a model repository.

    Args:
        folder: a saved model.
        to: the destination.

    Returns:
        The address of the commit: a `str` that also has the pull request's address.

    Raises:
        ModelFolderError: the folder is not a complete saved model; see `model_files`.
        ConfigError: its settings are not valid.
        HubError: the Hub cannot be reached or rejects the push; the repository is unchanged.
    """
    return push_model(model_files(folder, read_manifest(folder)), to)


def push_model(files: Mapping[str, Path | bytes], to: Destination) -> "CommitInfo":
    """Push the files of a saved model, which were checked before, to a model repository.

    The network and the facts of an earlier model are deleted if this one lacks them; other files
    of the repository stay.

    Args:
        files: see `model_files`; bytes in the place of a path are pushed as they are.
        to: the destination.

    Returns:
        The address of the commit: a `str` that also has the pull request's address.

    Raises:
        HubError: the Hub cannot be reached or rejects the push; the repository is unchanged.
    """
    return push_files(files, to, kind="model", is_ours=_OF_ONE_MODEL.__contains__)


def model_files(folder: Path, manifest: Manifest) -> dict[str, Path]:
    """Check a saved model, and return the files that a push takes: all but hidden ones.

    Args:
        folder: a saved model.
        manifest: the manifest of the same folder.

    Returns:
        The paths here by the paths in the repository, which are sorted.

    Raises:
        ModelFolderError: a file is missing or damaged or may run code, or one is a link that leads
            out of the folder, to what may be private.
    """
    read_contents(folder, manifest)
    return folder_files(folder)


def folder_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder except hidden ones, by their paths in it, which are sorted.

    Raises:
        ModelFolderError: a file is a link that leads out of the folder.
    """
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    files = {name: path for name, path in files.items() if not _is_hidden(name)}
    for path in files.values():
        check_place(folder, path)
    return files


def push_files(
    files: Mapping[str, Path | bytes],
    to: Destination,
    *,
    kind: Literal["model", "space"],
    is_ours: Callable[[str], bool],
) -> "CommitInfo":
    """Push files to a repository.

    Args:
        files: paths here, or contents, by the paths in the repository.
        to: the destination.
        kind: the kind of repository.
        is_ours: whether a path in the repository is deleted if `files` lacks it.

    Raises:
        HubError: the Hub cannot be reached or rejects the push; the repository is unchanged.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi(token=to.token)
    with clear_failures(_failed(to.repo_id), revision=to.branch):
        repo_id = _create_repo(api, to, kind)
        there = api.list_repo_files(repo_id, revision=to.branch, repo_type=kind)
        gone = [path for path in there if is_ours(path) and path not in files]
        # Not `upload_folder`, which may split a push into several commits: if it were interrupted
        # between them, half a model would be the newest revision.
        return api.create_commit(
            repo_id,
            [
                *(CommitOperationAdd(path, file) for path, file in files.items()),
                *(CommitOperationDelete(path) for path in gone),
            ],
            commit_message=to.commit_message,
            repo_type=kind,
            revision=to.branch,
            create_pr=to.create_pr,
        )


def _failed(repo_id: str) -> str:
    return f"The push to the Hub repository {repo_id!r} failed"


def _create_repo(api: "HfApi", to: Destination, kind: Literal["model", "space"]) -> str:
    """Create the repository and the branch if they do not exist; return the full name."""
    sdk = "gradio" if kind == "space" else None
    url = api.create_repo(
        to.repo_id, private=to.private, repo_type=kind, exist_ok=True, space_sdk=sdk
    )
    # The Hub does not change an existing repository, so a private push could become public.
    if to.private and not api.repo_info(url.repo_id, repo_type=kind).private:
        raise HubError(
            f"The Hub repository {url.repo_id!r} exists and is public. Make it private on its "
            "page first, or push without the private option.",
            code="REPO_PUBLIC",
        )
    # Branches can be created, but not `refs/pr/3` and the like.
    if to.branch not in (None, MAIN) and not to.branch.startswith("refs/"):
        api.create_branch(url.repo_id, branch=to.branch, repo_type=kind, exist_ok=True)
    return url.repo_id


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))
