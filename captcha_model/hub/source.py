"""A saved model, in a folder or on the Hub, of which no more is fetched than is asked for."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from captcha_model.errors import CaptchaError, RuntimeFallbackWarning
from captcha_model.hub import find_folder
from captcha_model.runtimes.base import Runtime
from captcha_model.runtimes.choice import RuntimeChoice, RuntimeName, candidates
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.storage.manifest import KERAS_FILES, ONNX_FILE, Manifest, read_manifest
from captcha_model.storage.model_folder import load_network, load_onnx

FILES: Mapping[RuntimeName, Sequence[str]] = MappingProxyType(
    {"keras": KERAS_FILES, "onnx": (ONNX_FILE,)}
)
_TITLES: Mapping[RuntimeName, str] = MappingProxyType({"keras": "Keras", "onnx": "ONNX Runtime"})


class Pretrained:
    """Where a saved model is.

    Args:
        name: None for the bundled model, else a folder, else a Hub repository `user/name` or
            `user/name@revision`.
        revision: a branch, tag or commit of the repository.
        token: for a private repository; the one that the Hub's client keeps when left out.
        cache_dir: where downloads lie; the Hub's usual cache when left out.
        local_files_only: use what is in the cache and ask nobody.
    """

    def __init__(
        self,
        name: str | os.PathLike[str] | None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
    ) -> None:
        self._name = Path(name) if isinstance(name, os.PathLike) else name
        self._revision = revision
        self._token = token
        self._cache_dir = cache_dir
        self._local_files_only = local_files_only

    def folder(self, files: Sequence[str]) -> Path:
        """Return the model's folder, with some of its files if the model has them at all.

        Args:
            files: their names; the settings come with them.

        Raises:
            ModelFolderError: nothing of that name was found, or it is not a captcha model.
            HubError: the repository cannot be had.
        """
        here = self._name is None or Path(self._name).is_dir()
        folder = find_folder(
            self._name,
            files=files,
            revision=self._revision,
            token=self._token,
            cache_dir=self._cache_dir,
            local_files_only=self._local_files_only,
        )
        # What is asked for later is of the same model, even if this process has moved to another
        # folder, or the branch to another commit: the Hub's cache names its folders by commit.
        if here:
            self._name = folder.absolute()
        else:
            self._name, self._revision = str(self._name).partition("@")[0], folder.name
        return folder

    def open(self, choice: RuntimeChoice) -> tuple[Manifest, Runtime]:
        """Load the model for a runtime.

        With "auto" the second choice reads where the first one cannot, and a warning says so.

        Returns:
            What the folder says, and what reads.

        Raises:
            ModelFolderError: not found, not one of ours, or damaged.
            ConfigError: its settings are not valid.
            DependencyError: a package that the runtime needs is not installed.
            HubError: the repository cannot be had.
        """
        first, *others = candidates(choice)
        manifest = read_manifest(self.folder(()))
        try:
            return manifest, self._load(first)
        except CaptchaError as error:
            for other in others:
                try:
                    runtime = self._load(other)
                except CaptchaError:
                    continue
                warnings.warn(
                    f"{error} {_TITLES[other]} reads instead.", RuntimeFallbackWarning, stacklevel=3
                )
                return manifest, runtime
            raise

    def _load(self, runtime: RuntimeName) -> Runtime:
        folder = self.folder(FILES[runtime])
        return KerasRuntime(load_network(folder)) if runtime == "keras" else load_onnx(folder)
