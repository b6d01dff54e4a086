"""Pushing files to a repository of the Hub, as one commit or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captcha_model.errors import HubError
from captcha_model.hub._failures import clear_failures
from captcha_model.model_card import FACTS_FILE
from captcha_model.storage.manifest import NETWORK_FILES, check_place
from captcha_model.storage.model_folder import read_contents

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo, HfApi

MAIN = "main"
COMMIT_MESSAGE = "Push with captcha_model"
# What would be wrong about a new model, if an old one's were left beside it.
_OF_ONE_MODEL = frozenset({*NETWORK_FILES, FACTS_FILE})


@dataclass(frozen=True)
class Destination:
    """Where a push goes, and how.

    Attributes:
        repo_id: `user/name`; a repository that is missing is created.
        private: whether the repository is private; a new one is as its owner has chosen when left
            out.
        branch: `main` when left out; a branch that is missing is created from `main`.
        create_pr: open a pull request against `main` instead.
        commit_message: what the commit is called.
        token: of somebody who may write there; the one of `hf auth login` when left out.

    Raises:
        HubError: both a branch and a pull request are asked for.
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
                f"A pull request is against {MAIN!r}, so it takes no branch. "
                f"Received: {self.branch!r}",
                code="BRANCH_AND_PULL_REQUEST",
            )


def push_folder(folder: Path, to: Destination, *, card: bytes | None = None) -> "CommitInfo":
    """Push a saved model to a model repository.

    An earlier model's network and facts are deleted where this one has none; other files stay.

    Args:
        folder: a saved model.
        to: where to.
        card: what README.md holds there, instead of the folder's.

    Returns:
        The address of the commit, a `str` that also knows its pull request.

    Raises:
        ModelFolderError: the folder is not a whole saved model.
        ConfigError: its settings are not valid.
        HubError: the Hub cannot be reached or refuses; the repository is then as it was.
    """
    files: dict[str, Path | bytes] = {**model_files(folder)}
    if card is not None:
        files["README.md"] = card
    return push_files(files, to, kind="model", is_ours=_OF_ONE_MODEL.__contains__)


def model_files(folder: Path) -> dict[str, Path]:
    """Return what a push of a saved model takes: all of its files but hidden ones.

    Returns:
        Paths in the repository, sorted, to files here.

    Raises:
        ModelFolderError: the folder is not a saved model, a file is missing or damaged or may run
            code, or one is a link to a place outside, which may be private.
        ConfigError: its settings are not valid.
    """
    read_contents(folder)
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
        files: paths in the repository to files here, or to what they hold.
        to: where to.
        kind: of repository.
        is_ours: says of a path in the repository whether it is deleted when `files` lacks it.

    Raises:
        HubError: the Hub cannot be reached or refuses; the repository is then as it was.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi(token=to.token)
    what = f"The push to the Hub repository {to.repo_id!r} failed"
    with clear_failures(what, revision=to.branch):
        repo_id = _create_repo(api, to, kind)
        there = api.list_repo_files(repo_id, revision=to.branch, repo_type=kind)
        gone = [path for path in there if is_ours(path) and path not in files]
        # Not `upload_folder`, which may split a push into several commits: half a model would be
        # the newest revision if it were cut off between them.
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


def _create_repo(api: "HfApi", to: Destination, kind: Literal["model", "space"]) -> str:
    """Make sure that there is a repository and the branch, and return its whole name."""
    sdk = "gradio" if kind == "space" else None
    url = api.create_repo(
        to.repo_id, private=to.private, repo_type=kind, exist_ok=True, space_sdk=sdk
    )
    # The Hub leaves a repository that exists as it is, so a private push could end in public.
    if to.private and not api.repo_info(url.repo_id, repo_type=kind).private:
        raise HubError(
            f"The Hub repository {url.repo_id!r} exists and is public. Make it private on its "
            "page first, or push without asking for a private one.",
            code="REPO_PUBLIC",
        )
    # Branches can be created; `refs/pr/3` and the like cannot.
    if to.branch not in (None, MAIN) and not to.branch.startswith("refs/"):
        api.create_branch(url.repo_id, branch=to.branch, repo_type=kind, exist_ok=True)
    return url.repo_id


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))
