"""The model as users see it: a reader that is loaded, saved and shared."""

import dataclasses
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captcha_model import networks, pretrained_models
from captcha_model.config import CaptchaConfig
from captcha_model.hub import COMMIT_MESSAGE, Destination, folder_files, push_model
from captcha_model.hub.card_pictures import card_pictures
from captcha_model.hub.source import Pretrained, known
from captcha_model.inference.reader import Reader
from captcha_model.pretrained_models import PretrainedModel
from captcha_model.runtimes.base import Runtime
from captcha_model.runtimes.choice import RuntimeChoice
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.runtimes.onnx_session import Provider, SessionSettings
from captcha_model.storage import manifest
from captcha_model.storage.model_folder import NetworkFiles, check_target, load_network, save_folder

if TYPE_CHECKING:
    import keras
    from PIL.Image import Image

    from captcha_model.model_card import ModelFacts


class CaptchaModel(Reader):
    """Reads texts from images; `predict` and the other reading methods are those of `Reader`.

    It can be pickled and copied, and read with in other threads and processes. In a forked child it
    reads with ONNX Runtime only. A pickle holds the network but no token.

    Args:
        config: the settings of the model.
        network: a Keras network built from `config`; a new, untrained one if left out.
        facts: what the model card says of its training and evaluation.
        runtime: runs the network; Keras if left out.
        source: where `runtime` was loaded from, for the files that it did not need.

    Raises:
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is needed and not installed.

    Example:
        >>> model = CaptchaModel.from_pretrained()
        >>> reading = model.predict("demo/examples/1.png")
        >>> reading.text, [c.confidence for c in reading.characters]
    """

    def __init__(
        self,
        config: CaptchaConfig,
        network: "keras.Model | None" = None,
        *,
        facts: "ModelFacts | None" = None,
        runtime: Runtime | None = None,
        source: Pretrained | None = None,
    ) -> None:
        if runtime is None:
            runtime = KerasRuntime(networks.build(config) if network is None else network, config)
        super().__init__(config, runtime, source.bundled if source else None)
        self._facts = facts
        self._source = source
        self.card_images: Sequence[Image] | None = None  # In place of those of the source.

    def __getstate__(self) -> dict[str, Any]:
        # An architecture holds functions that cannot be pickled; its name is in the settings.
        return {name: value for name, value in vars(self).items() if name != "_architecture"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _architecture=networks.describe(state["config"]))

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str] | PretrainedModel | None = None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        runtime: RuntimeChoice = "auto",
        threads: int | None = None,
        providers: Sequence[Provider] = (),
        session_options: Mapping[str, Any] | None = None,
    ) -> "CaptchaModel":
        """Load a model.

        Args:
            name: a bundled model ("captcha-images-v2" or another one that `captcha-model models`
                lists, or an entry of `bundled_models()`), a folder, or a Hub repository `user/name`
                or `user/name@revision`; "captcha-images-v2" if left out. A bundled model goes
                before a folder of the same name, which is given as "./name" or as a `Path`.
            revision: a branch, tag or commit of the repository; `main` if left out.
            token: the token for a private repository; the Hub client's stored one if left out.
            cache_dir: the folder of downloads; the Hub client's cache if left out.
            local_files_only: use the Hub client's cache and send no request.
            runtime: what runs the network: "keras", "onnx" (ONNX Runtime, on the CPU and without
                TensorFlow), or "auto": Keras on a GPU if there is one, else ONNX Runtime, else
                Keras. Only the files of that runtime are downloaded from a repository.
            threads: at most this many threads read, the caller's included; one for every core that
                the process may use if left out. This and the next two are for ONNX Runtime.
            providers: its execution providers, the preferred one first; the CPU if left out.
            session_options: attributes and config entries of `onnxruntime.SessionOptions`.

        Returns:
            The model.

        Raises:
            ModelFolderError: not found, not a captcha model, or damaged.
            ConfigError: the settings are not valid, or there is no such provider or option.
            DependencyError: a package that the runtime needs is not installed.
            HubError: the repository cannot be downloaded.
            ValueError: there is no such runtime.
        """
        source = Pretrained(
            name,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
        )
        session = SessionSettings(threads, tuple(providers), dict(session_options or {}))
        opened = source.open(runtime, session)
        return cls(source.manifest.config, runtime=opened, source=source)

    def save_pretrained(
        self, folder: str | os.PathLike[str], *, repo_id: str | None = None
    ) -> None:
        """Save the model to a folder, which is replaced whole if it already holds a model.

        The files of a model that ONNX Runtime runs are copied from where it was loaded. One that
        Keras runs is converted, and has no graph in 8 bits then.

        Args:
            folder: the destination.
            repo_id: the Hub repository that the card names, as `user/name`; none if left out.

        Raises:
            ModelFolderError: the folder holds something else, or the files of Keras are missing.
            ConfigError: the facts that came with the model are not valid.
            DependencyError: a package that writes ONNX is not installed.
            ExportError: Keras does not run on TensorFlow, which writing ONNX needs.
            HubError: the files of Keras cannot be downloaded.
        """
        # Here, because reading images needs no card.
        from captcha_model.model_card.card import card_files

        check_target(Path(folder))
        facts = self.facts
        if isinstance(self._runtime, KerasRuntime):
            files = NetworkFiles.of(self.config, self.network)
            facts = dataclasses.replace(facts, parameters=self.network.count_params())
        else:
            source = known(self._source, manifest.NETWORK_FILES)
            found = source.folder(manifest.ALL_NETWORK_FILES)
            files = NetworkFiles.copied_from(found, source.manifest)
        pictures = self.card_pictures() if facts.shows_images else []
        cards = card_files(self.config, facts, repo_id, pictures)
        save_folder(Path(folder), self.config, files, cards)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str = COMMIT_MESSAGE,
        private: bool | None = None,
        token: str | bool | None = None,
        branch: str | None = None,
        create_pr: bool | None = None,
    ) -> str:
        """Push the model to a repository of the Hub, as one commit.

        Args:
            repo_id: the repository, as `user/name`; it is created if it does not exist.
            commit_message: the message of the commit.
            private: whether a new repository is private; its owner's default if left out.
            token: a token with write access; the Hub client's stored one if left out.
            branch: the branch, which is created if it does not exist; `main` if left out.
            create_pr: open a pull request instead.

        Returns:
            The commit's address: a `huggingface_hub.CommitInfo`, which has the pull request's, too.

        Raises:
            HubError: the Hub cannot be reached or rejects the push; the repository is unchanged.
            ModelFolderError, ConfigError, DependencyError, ExportError: see `save_pretrained`.
        """
        to = Destination(
            repo_id,
            private=private,
            branch=branch,
            create_pr=create_pr,
            commit_message=commit_message,
            token=token,
        )
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "model"
            self.save_pretrained(folder, repo_id=repo_id)
            # What was saved just now need not be checked again.
            return push_model(folder_files(folder), to)

    @property
    def network(self) -> "keras.Model":
        """The Keras network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes).

        If ONNX Runtime runs the model, the network is loaded on first access and runs the model
        from then on, because its weights may be changed.

        Raises:
            ModelFolderError: it cannot be loaded from where the model comes from.
            DependencyError: Keras is not installed.
            HubError: its files cannot be downloaded.
        """
        if not isinstance(self._runtime, KerasRuntime):
            source = known(self._source, manifest.KERAS_FILES)
            network = load_network(source.folder(manifest.KERAS_FILES), source.manifest)
            self._runtime = KerasRuntime(network, self.config)
        return self._runtime.network

    @property
    def facts(self) -> "ModelFacts":
        """What the model card says beside the settings; read on first access.

        Raises:
            ConfigError: the facts in the model's folder are not valid.
        """
        if self._facts is None:
            # Here, because a start would wait for it, and reading images needs no facts.
            from captcha_model.model_card import ModelFacts, load_facts

            folder = self._source.folder([manifest.FACTS_FILE]) if self._source else None
            self._facts = load_facts(folder) if folder else ModelFacts()
        return self._facts

    @facts.setter
    def facts(self, facts: "ModelFacts") -> None:
        self._facts = facts

    def card_pictures(self) -> "list[Image]":
        """Return the example images of the model's card; none if it has none."""
        given, source = self.card_images, self._source
        return card_pictures(source) if source and given is None else [*(given or ())]

    def _advice(self) -> str:
        return pretrained_models.advice(self.name) if self.name else ""
