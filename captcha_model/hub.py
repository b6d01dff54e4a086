"""Finding a model: bundled, in a folder, or in a repository of the Hugging Face Hub."""

import re
from pathlib import Path

from captcha_model.checkpoint import CONFIG_FILE, KERAS_FILES
from captcha_model.errors import ModelFolderError

BUNDLED = Path(__file__).parent / "bundled"
_REPO_ID = re.compile(r"[\w][\w.-]*/[\w][\w.-]*", re.ASCII)


def find_folder(
    name: str | Path | None, *, revision: str | None = None, local_files_only: bool = False
) -> Path:
    """Return the folder of a model, downloading it to the Hub's cache where need be.

    Args:
        name: None for the bundled model, else a folder, else a Hub repository `user/name`.
        revision: a branch, tag or commit of the repository.
        local_files_only: use what is in the cache and ask nobody.

    Raises:
        ModelFolderError: nothing of that name was found, or it could not be fetched.
    """
    if name is None:
        return BUNDLED
    folder = Path(name)
    if folder.is_dir():
        return folder
    if not _REPO_ID.fullmatch(str(name)):
        raise ModelFolderError(
            f"There is no model folder {str(name)!r}, and it is not the name of a Hub repository "
            "(user/name) either.",
            code="MODEL_NOT_FOUND",
        )
    return _download(str(name), revision, local_files_only)


def _download(repo_id: str, revision: str | None, local_files_only: bool) -> Path:
    import huggingface_hub
    from huggingface_hub import errors

    try:
        path = huggingface_hub.snapshot_download(
            repo_id,
            revision=revision,
            allow_patterns=[CONFIG_FILE, *KERAS_FILES],
            local_files_only=local_files_only,
        )
    except (errors.HfHubHTTPError, errors.HFValidationError, OSError) as error:
        # The first kind that fits counts: a gated repository is also one that is not found.
        kinds: list[tuple[type[Exception], str, str]] = [
            (errors.GatedRepoError, "REPO_GATED", "it is gated; ask for access on its page"),
            (errors.RepositoryNotFoundError, "REPO_NOT_FOUND", "it is private or does not exist"),
            (errors.RevisionNotFoundError, "REVISION_NOT_FOUND", f"it has no {revision!r}"),
            (
                errors.LocalEntryNotFoundError,
                "HUB_UNREACHABLE",
                "it is not in the cache, and the Hub cannot be reached",
            ),
            (Exception, "HUB_FAILED", f"the download failed ({type(error).__name__})"),
        ]
        code, reason = next((c, r) for kind, c, r in kinds if isinstance(error, kind))
        raise ModelFolderError(
            f"There is no folder {repo_id!r} here, and the Hub repository of that name cannot be "
            f"used: {reason}.",
            code=code,
        ) from error
    return Path(path)
