"""The model as users hold it: a reader that is loaded, saved and shared."""

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ModelFolderError
from captcha_model.hub import COMMIT_MESSAGE, Destination, push_folder
from captcha_model.hub.source import Pretrained
from captcha_model.inference.reader import Reader
from captcha_model.model_card import FACTS_FILE, ModelFacts, load_facts
from captcha_model.runtimes.base import Runtime
from captcha_model.runtimes.choice import RuntimeChoice
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.storage.manifest import KERAS_FILES, NETWORK_FILES
from captcha_model.storage.model_folder import NetworkFiles, check_target, load_network, save_folder

if TYPE_CHECKING:
    import keras


class CaptchaModel(Reader):
    """Reads texts from images; `predict` and its like are `Reader`'s.

    Args:
        config: what the model reads and how its network is built.
        network: a Keras network built from `config`; a fresh, untrained one when left out.
        facts: what the model card tells of its training and its figures.
        runtime: what reads, instead of Keras.
        source: where `runtime` was loaded from, for the files that it did not need.

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
        facts: ModelFacts | None = None,
        runtime: Runtime | None = None,
        source: Pretrained | None = None,
    ) -> None:
        if runtime is None:
            runtime = KerasRuntime(networks.build(config) if network is None else network)
        super().__init__(config, runtime)
        self._facts = facts
        self._source = source

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        runtime: RuntimeChoice = "auto",
    ) -> "CaptchaModel":
        """Load a model.

        Args:
            name: a folder, or a Hub repository `user/name` or `user/name@revision`; left out, it is
                the bundled model.
            revision: a branch, tag or commit of the repository.
            token: for a private repository; the one that the Hub's client keeps when left out.
            cache_dir: where downloads lie; the Hub's usual cache when left out.
            local_files_only: use the Hub's cache and ask nobody.
            runtime: what reads: "keras", "onnx" (ONNX Runtime, on the CPU and without TensorFlow),
                or "auto": Keras on a GPU if there is one, else ONNX Runtime, else Keras. Of a
                repository only the files of that runtime are downloaded.

        Raises:
            ModelFolderError: not found, not one of ours, or damaged.
            ConfigError: its settings are not valid.
            DependencyError: a package that the runtime needs is not installed.
            HubError: the repository cannot be had.
        """
        source = Pretrained(
            name,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
        )
        manifest, reader = source.open(runtime)
        return cls(manifest.config, runtime=reader, source=source)

    def save_pretrained(
        self, folder: str | os.PathLike[str], *, repo_id: str | None = None
    ) -> None:
        """Write the model into a folder, which is replaced whole if it holds a model already.

        A model that ONNX Runtime reads is copied, with Keras's files from where it was loaded.

        Args:
            folder: where to.
            repo_id: the Hub repository that it goes to, for the card to name.

        Raises:
            ModelFolderError: the folder holds something else, or Keras's files cannot be had.
            ConfigError: the facts that came with the model are not valid.
            DependencyError: a package that writes ONNX is not installed.
        """
        from captcha_model.model_card.card import (
            card_files,  # Here, because reading images needs no card.
        )

        check_target(Path(folder))
        facts = self.facts
        if isinstance(self._runtime, KerasRuntime):
            files = NetworkFiles.of(self.config, self.network)
            facts = dataclasses.replace(facts, parameters=self.network.count_params())
        else:
            files = NetworkFiles.copied_from(self._files(NETWORK_FILES))
        save_folder(Path(folder), self.config, files, card_files(self.config, facts, repo_id))

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str = COMMIT_MESSAGE,
        private: bool | None = None,
        token: str | None = None,
        branch: str | None = None,
        create_pr: bool | None = None,
    ) -> str:
        """Save the model and push it to a repository of the Hub, created where there is none.

        Takes the names of `huggingface_hub.ModelHubMixin.push_to_hub`, which
        `captcha_model.hub.Destination` explains; returns and raises what
        `captcha_model.hub.push_folder` does, and raises what `save_pretrained` does.
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
            return push_folder(folder, to)

    @property
    def network(self) -> "keras.Model":
        """The Keras network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes).

        Where ONNX Runtime reads, it is loaded when it is first asked for, and reads from then on:
        its weights may be changed.

        Raises:
            ModelFolderError: it cannot be loaded from where the model comes from.
            DependencyError: Keras is not installed.
        """
        if not isinstance(self._runtime, KerasRuntime):
            self._runtime = KerasRuntime(load_network(self._files(KERAS_FILES)))
        return self._runtime.network

    @property
    def facts(self) -> ModelFacts:
        """What the model card tells beside the settings; read when it is first asked for.

        Raises:
            ConfigError: the facts in the model's folder are not valid.
        """
        if self._facts is None:
            known = self._source is not None
            self._facts = load_facts(self._files([FACTS_FILE])) if known else ModelFacts()
        return self._facts

    @facts.setter
    def facts(self, facts: ModelFacts) -> None:
        self._facts = facts

    def _files(self, names: Sequence[str]) -> Path:
        """Return the folder that the model was loaded from, with these files if it has them."""
        if self._source is None:
            raise ModelFolderError(
                f"This model was not loaded from a folder that has {', '.join(names)}.",
                code="WEIGHTS_MISSING",
            )
        return self._source.folder(names)
