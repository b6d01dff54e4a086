"""A saved model in a folder or on the Hub, whose files are fetched when they are needed."""

import os
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from captcha_model._utils.logger import LOGGER
from captcha_model.errors import CaptchaError, ModelFolderError, RuntimeFallbackWarning
from captcha_model.hub.download import find_folder
from captcha_model.pretrained_models import PretrainedModel, bundled_name
from captcha_model.runtimes.base import Runtime
from captcha_model.runtimes.choice import (
    RuntimeChoice,
    RuntimeName,
    candidates,
    prefers_8_bit,
)
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.runtimes.onnx_session import CPU, SessionSettings
from captcha_model.storage.manifest import (
    KERAS_FILES,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    Manifest,
    read_manifest,
)
from captcha_model.storage.model_folder import load_network, load_onnx

_TITLES: Mapping[RuntimeName, str] = MappingProxyType({"keras": "Keras", "onnx": "ONNX Runtime"})


class Pretrained:
    """The place of a saved model.

    Args:
        name: None for the default model, an entry of `bundled_models()` for that model, else the
            name of a bundled model, else a folder, else a Hub repository `user/name` or
            `user/name@revision`. A `Path` is never a bundled model.
        revision: a branch, tag or commit of the repository.
        token: the token for a private repository; the Hub client's stored one if left out.
        cache_dir: the folder of downloads; the Hub client's cache if left out.
        local_files_only: use what is in the cache and send no request.

    Attributes:
        bundled: the name of the bundled model; None for another one.
    """

    def __init__(
        self,
        name: str | os.PathLike[str] | PretrainedModel | None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
    ) -> None:
        self._name = Path(name) if isinstance(name, os.PathLike) else name
        self.bundled = bundled_name(name)
        self._revision = revision
        self._token = token
        self._cache_dir = cache_dir
        self._local_files_only = local_files_only

    def __getstate__(self) -> dict[str, Any]:
        # A token is a secret, and a pickle may be stored or sent.
        state = dict(vars(self))
        if isinstance(self._token, str):
            state["_token"] = None
        return state

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Nothing changes it from outside, and a copy would lose the token.
        return self

    @cached_property
    def manifest(self) -> Manifest:
        """The model's settings and its list of files, read and checked once.

        Raises:
            ModelFolderError: not found, or not a captcha model.
            ConfigError: the settings are not valid.
            HubError: the repository cannot be downloaded.
        """
        return read_manifest(self.folder(()))

    def _graph(self, session: SessionSettings) -> str:
        """Return the file that ONNX Runtime runs: that in 8 bits, if there is one and it suits."""
        has_8_bit = ONNX_8_BIT_FILE in self.manifest.files and session.names[0] == CPU
        return ONNX_8_BIT_FILE if has_8_bit and prefers_8_bit() else ONNX_FILE

    def folder(self, files: Sequence[str]) -> Path:
        """Return the model's folder, with those of the given files that the model has.

        Args:
            files: their names; the settings are always included.

        Raises:
            ModelFolderError: nothing of that name was found, or it is not a captcha model.
            HubError: the repository cannot be downloaded.
        """
        is_local = self.bundled is not None or Path(str(self._name)).is_dir()
        folder = find_folder(
            self._name,
            files=files,
            revision=self._revision,
            token=self._token,
            cache_dir=self._cache_dir,
            local_files_only=self._local_files_only,
        )
        # Later files are of the same model, even if this process has changed its working folder or
        # the branch has moved to another commit: the Hub's cache names its folders by commit.
        if is_local:
            self._name = folder.absolute()
        else:
            self._name, self._revision = str(self._name).partition("@")[0], folder.name
        return folder

    def open(
        self,
        choice: RuntimeChoice,
        session: SessionSettings = SessionSettings(),  # noqa: B008 It is immutable.
    ) -> Runtime:
        """Load the model into a runtime.

        With "auto", the second choice is used if the first one fails, and a warning says so; not
        if the settings are other ones than the network was saved with.

        Raises:
            ModelFolderError: not found, not a captcha model, or damaged.
            ConfigError: the settings are not valid.
            DependencyError: a package that the runtime needs is not installed.
            HubError: the repository cannot be downloaded.
        """
        first, *others = candidates(choice, session)
        self._graph(session)  # Errors of the settings are the same for every runtime.
        try:
            return self._load(first, session)
        except CaptchaError as error:
            if error.code == "SETTINGS_MISMATCH":
                raise  # The settings are wrong for every runtime, though not all may notice.
            for other in others:
                try:
                    runtime = self._load(other, session)
                except CaptchaError:
                    continue
                warnings.warn(
                    f"{error} {_TITLES[other]} reads instead.", RuntimeFallbackWarning, stacklevel=3
                )
                return runtime
            raise

    def _load(self, runtime: RuntimeName, session: SessionSettings) -> Runtime:
        graph = self._graph(session)
        files = KERAS_FILES if runtime == "keras" else (graph,)
        folder = self.folder(files)
        LOGGER.info("%s opens %s of %s", _TITLES[runtime], files[-1], self.bundled or folder)
        if runtime == "keras":
            return KerasRuntime(load_network(folder, self.manifest), self.manifest.config)
        return load_onnx(folder, self.manifest, graph, session)


def known(source: Pretrained | None, files: Sequence[str]) -> Pretrained:
    """Return where a model was loaded from, for files that it then did not need.

    Raises:
        ModelFolderError: it was not loaded.
    """
    if source is None:
        raise ModelFolderError(
            f"This model was not loaded from a folder that has {', '.join(files)}.",
            code="WEIGHTS_MISSING",
        )
    return source
