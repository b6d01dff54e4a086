"""The models that a server offers: those it was given, and the bundled ones."""

import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from anyio import to_thread
from PIL import Image

from captcha_model import CaptchaError, CaptchaModel, ModelChooser, PretrainedModel, bundled_models

from .batcher import DynamicBatcher
from .metrics import Metrics
from .readings import AnyModel
from .settings import BATCH_SIZE, QUEUE_SIZE

AUTO = "auto"
OWN = "model"  # The name of a model that has none.
_DEMO = Path(__file__).parents[1]
# The folders of example images, made by `scripts.make_examples`.
EXAMPLES = MappingProxyType({"captcha-images-v2": _DEMO / "examples", "general": _DEMO / "looks"})


class ModelUnknownError(CaptchaError):
    """A request names a model that the server does not have."""

    codes: ClassVar[Mapping[str, str]] = {"MODEL_UNKNOWN": "The server has no such model."}


@dataclass(frozen=True)
class ServedModel:
    """What is known of a model before it is opened.

    Attributes:
        name: its name in requests, unique on the server.
        reads: which images it reads, for a person, without a full stop.
        characters: the characters that it knows.
        examples: images that it reads, to try it with.
        is_bundled: whether it is a bundled model, or the choice among them.
        min_confidence: its own threshold; None if it is not known before it is opened.
    """

    name: str
    reads: str
    characters: str
    examples: tuple[Image.Image, ...]
    is_bundled: bool
    min_confidence: float | None = None


class ServedModels:
    """The models of a server by their names, each with a batcher of its own.

    The given ones come first, and the first of them reads for requests that name no model. The
    bundled ones follow, and are opened when they are first needed.

    Args:
        given: one model, or several by their names.
        metrics: where images are counted; None counts them in a new `Metrics`.
        queue_size: see `DynamicBatcher`.
        batch_size: see `DynamicBatcher`.

    Attributes:
        entries: what is known of each model, by its name.
        default: the name of the first one.
        model: the first one.
    """

    def __init__(
        self,
        given: AnyModel | Mapping[str, AnyModel],
        metrics: Metrics | None = None,
        queue_size: int = QUEUE_SIZE,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        named = given if isinstance(given, Mapping) else {_name_of(given): given}
        counted = metrics or Metrics()
        self._openers: dict[str, Callable[[], AnyModel]] = {}
        self._batchers: dict[str, DynamicBatcher] = {}
        self._lock = threading.Lock()
        self._make = lambda model: DynamicBatcher(model, counted, queue_size, batch_size)
        self.entries: dict[str, ServedModel] = {}
        for name, model in named.items():
            self.entries[name] = _describe(name, model)
            self._batchers[name] = self._make(model)
        self._add_bundled(bundled_models())
        self.default = next(iter(self.entries))
        self.model: AnyModel = named[self.default]

    def _add_bundled(self, bundled: Sequence[PretrainedModel]) -> None:
        if len(bundled) > 1 and AUTO not in self.entries:
            self.entries[AUTO] = _choice(bundled)
            self._openers[AUTO] = ModelChooser
        for each in bundled:
            if each.name not in self.entries:
                self.entries[each.name] = _bundled(each)
                self._openers[each.name] = _opener(each)

    @property
    def queue_depth(self) -> int:
        """Number of requests that wait in the queues of all models."""
        return sum(batcher.queue_depth for batcher in [*self._batchers.values()])

    async def batcher(self, name: str | None = None) -> DynamicBatcher:
        """Return the batcher of a model, which is opened if it was not.

        Args:
            name: its name; None or an empty text is the first model.

        Raises:
            ModelUnknownError: there is no such model.
            CaptchaError: it cannot be opened.
        """
        name = name or self.default
        if name not in self.entries:
            raise ModelUnknownError(
                f"There is no model {name!r:.100}. Known: {', '.join(self.entries)}."
            )
        if name not in self._batchers:
            await to_thread.run_sync(self._open, name)
        return self._batchers[name]

    def _open(self, name: str) -> None:
        with self._lock:
            if name not in self._batchers:
                self._batchers[name] = self._make(self._openers[name]())


def name_of_source(source: str) -> str:
    """Return the name under which a server offers what `--model` names.

    Args:
        source: a bundled model, a folder or a repository.

    Returns:
        The last part: neither the folder above it nor the owner of a repository is told. What
        training writes is called as its run, such as "mine" for "runs/mine/model".
    """
    *above, name = Path(source.partition("@")[0]).parts or (OWN,)
    return above[-1] if name == "model" and above and above[-1] not in ("/", "..") else name


def _name_of(model: AnyModel) -> str:
    return AUTO if isinstance(model, ModelChooser) else model.name or OWN


def _opener(model: PretrainedModel) -> Callable[[], CaptchaModel]:
    return lambda: CaptchaModel.from_pretrained(model)


def _describe(name: str, model: AnyModel) -> ServedModel:
    """Return what is known of a model that is open."""
    known = {each.name: each for each in bundled_models()}
    if isinstance(model, ModelChooser):
        return _choice(model.models)
    if model.name in known:
        return _bundled(known[model.name], name, model.min_confidence)
    training = model.facts.training
    lengths = sorted(set(training.lengths)) if training else []
    long = f" of {' to '.join(map(str, lengths))} characters" if lengths else ""
    return ServedModel(
        name,
        f"texts{long}, in the style of the images that it was trained on",
        model.characters,
        _card_pictures(model),
        is_bundled=False,
        min_confidence=model.min_confidence,
    )


def _card_pictures(model: CaptchaModel) -> tuple[Image.Image, ...]:
    try:
        return tuple(model.card_pictures())
    except CaptchaError as error:
        # The model reads all the same.
        warnings.warn(f"The page shows no examples of the model: {error}", stacklevel=2)
        return ()


def _choice(bundled: Sequence[PretrainedModel]) -> ServedModel:
    if len(bundled) == 1:
        return _bundled(bundled[0], AUTO)
    return ServedModel(
        AUTO,
        "images of either kind: each is read by the bundled model that suits it",
        "".join(dict.fromkeys("".join(each.characters for each in bundled))),
        tuple(image for each in bundled for image in _examples(each.name)),
        is_bundled=True,
    )


def _bundled(
    model: PretrainedModel, name: str | None = None, min_confidence: float | None = None
) -> ServedModel:
    return ServedModel(
        name or model.name,
        model.reads,
        model.characters,
        _examples(model.name),
        is_bundled=True,
        min_confidence=min_confidence,
    )


def _examples(name: str) -> tuple[Image.Image, ...]:
    """Return the example images of a bundled model; none if there are none."""
    images = []
    for path in sorted(EXAMPLES[name].glob("*.png")) if name in EXAMPLES else ():
        with Image.open(path) as image:
            images.append(image.copy())
    return tuple(images)
