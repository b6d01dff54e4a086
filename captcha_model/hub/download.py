"""Finding a model: bundled, in a folder, or in a repository of the Hub."""

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from captcha_model import pretrained_models
from captcha_model._utils.hub_failures import clear_failures
from captcha_model.errors import DataWarning, ModelFolderError
from captcha_model.pretrained_models import PretrainedModel
from captcha_model.storage.manifest import CONFIG_FILE

BUNDLED = pretrained_models.REGISTRY.folder(pretrained_models.DEFAULT)
_REPO = re.compile(r"(\w[\w.-]*/\w[\w.-]*)(?:@(\S+))?", re.ASCII)


def find_folder(
    name: str | Path | PretrainedModel | None,
    *,
    files: Sequence[str],
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    local_files_only: bool = False,
) -> Path:
    """Return the folder of a model, after downloading it to the Hub's cache if necessary.

    Args:
        name: None for the default model, an entry of `bundled_models()` for that model, else the
            name of a bundled model, else a folder, else a Hub repository `user/name` or
            `user/name@revision`. A `Path` is never a bundled model.
        files: the names of the files to download from a repository beside its settings. Files that
            the repository lacks are missing in the folder, too.
        revision: a branch, tag or commit of the repository; no request is sent for a commit that
            is in the cache.
        token: the token for a private or gated repository; the one of `hf auth login` if left out.
        cache_dir: the folder of the cache; that of the Hub's client if left out.
        local_files_only: use what is in the cache and send no request, as with `HF_HUB_OFFLINE=1`.

    Returns:
        A folder; for a repository it holds one of its revisions.

    Raises:
        ModelFolderError: nothing of that name was found, it is not a captcha model, its name and
            `revision` are two different revisions, or a bundled model of a revision is requested.
        HubError: the repository cannot be downloaded.
    """
    if bundled := pretrained_models.bundled_name(name):
        if revision is not None:
            raise _no_revision(bundled, revision)
        # Who gives no name, or an entry of the registry, did not mean that folder.
        if isinstance(name, str) and Path(bundled, CONFIG_FILE).is_file():
            warnings.warn(
                f"{bundled!r} is the bundled model, not the folder of that name here. Write "
                f"./{bundled} for the folder.",
                DataWarning,
                stacklevel=2,
            )
        return pretrained_models.REGISTRY.folder(bundled)
    folder = Path(str(name))
    if folder.is_dir():
        return folder
    if folder.is_file():
        raise ModelFolderError(
            f"{str(name)!r} is a file. A captcha model is a folder with {CONFIG_FILE}. Files such "
            "as .keras, .h5 and .pkl may hold code and are never opened.",
            code="NOT_A_CAPTCHA_MODEL",
        )
    before, _, after = str(name).partition("@")
    if after and isinstance(name, str) and (bundled := pretrained_models.bundled_name(before)):
        raise _no_revision(bundled, after)
    repo = _REPO.fullmatch(str(name))
    if not repo:
        raise ModelFolderError(
            f"There is no model folder {str(name)!r}, and this is neither the name of a bundled "
            f"model ({', '.join(pretrained_models.REGISTRY)}) nor that of a Hub repository "
            "(user/name).",
            code="MODEL_NOT_FOUND",
        )
    repo_id, named_revision = repo.groups()
    if named_revision and revision not in (None, named_revision):
        raise ModelFolderError(
            f"{str(name)!r} names a revision, but another one is requested: {revision!r}.",
            code="REVISION_AMBIGUOUS",
        )
    cache = None if cache_dir is None else Path(cache_dir)
    return _download(repo_id, files, revision or named_revision, token, cache, local_files_only)


def _no_revision(bundled: str, revision: str) -> ModelFolderError:
    return ModelFolderError(
        f"{bundled!r} is a bundled model, which has no revision {revision!r}. A Hub repository is "
        "named user/name.",
        code="REVISION_AMBIGUOUS",
    )


def _download(
    repo_id: str,
    files: Sequence[str],
    revision: str | None,
    token: str | bool | None,
    cache_dir: Path | None,
    local_files_only: bool,
) -> Path:
    from huggingface_hub import (
        hf_hub_download,
        is_offline_mode,
        resolve_revision,
        snapshot_download,
    )
    from huggingface_hub.errors import RemoteEntryNotFoundError

    local_files_only = local_files_only or is_offline_mode()
    what = f"There is no folder {repo_id!r} here, and the Hub repository cannot be used"
    with clear_failures(what, revision=revision):
        # One commit for all requests below, even if there is a push in between.
        commit = resolve_revision(
            repo_id,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
        )
        try:
            # First, so that nothing large is downloaded if this is not a captcha model.
            settings = hf_hub_download(
                repo_id,
                CONFIG_FILE,
                revision=commit,
                token=token,
                cache_dir=cache_dir,
                local_files_only=local_files_only,
            )
        except RemoteEntryNotFoundError as error:
            raise ModelFolderError(
                f"The Hub repository {repo_id!r} is not a captcha model: it has no {CONFIG_FILE}.",
                code="NOT_A_CAPTCHA_MODEL",
            ) from error
        folder = Path(settings).parent
        if not all((folder / file).is_file() for file in files):
            snapshot_download(
                repo_id,
                revision=commit,
                allow_patterns=list(files),
                token=token,
                cache_dir=cache_dir,
                local_files_only=local_files_only,
            )
    return folder
