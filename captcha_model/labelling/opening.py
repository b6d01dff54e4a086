"""Opening the session of a folder: its images, the labels so far, and who proposes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from captcha_model.errors import DataError
from captcha_model.labelling.adapted_models import AdaptedModel, AdaptedModels
from captcha_model.labelling.engines import ENGINES, EngineProposer
from captcha_model.labelling.image_pool import ImagePool
from captcha_model.labelling.images import ImageFolder
from captcha_model.labelling.label_file import NAME, LabelFile
from captcha_model.labelling.proposals import ModelProposer, NoProposer, Proposer
from captcha_model.labelling.session import LabelOptions, LabelSession
from captcha_model.model import CaptchaModel
from captcha_model.pretrained_models import GENERAL, REGISTRY
from captcha_model.training.resume.lock import sole_use

LOCK_FILE = ".labels.lock"
NONE = "none"
"""The proposer that proposes nothing."""


@contextmanager
def open_session(
    folder: Path,
    *,
    out: Path | None = None,
    propose: str = GENERAL,
    options: LabelOptions = LabelOptions(),  # noqa: B008 - it is immutable.
) -> Iterator[LabelSession]:
    """Open the session of a folder, which goes on where an earlier one ended.

    Args:
        folder: the images, also in folders below it; receives the file of the labels.
        out: receives the adapted models; None for a folder beside it, FOLDER-model.
        propose: who proposes until a model was adapted: a bundled model, a model folder, a Hub
            repository, "rapidocr" or "ddddocr", or "none".
        options: how the folder is labelled.

    Raises:
        DataError: the folder holds no images, or its file of labels is damaged or of another one.
        TrainingError: another session uses the folder.
        CaptchaError: the model that proposes cannot be loaded.
        OSError: the folder cannot be written to.
    """
    images = ImageFolder(folder)
    target = out or folder.resolve().with_name(f"{folder.resolve().name}-model")
    if target.resolve().is_relative_to(folder.resolve()):
        raise DataError(
            f"{target} is in the folder of the images. Choose another folder for the model.",
            code="OUT_INSIDE_DATA",
        )
    with sole_use(folder, LOCK_FILE, "labelling page", "Labelling"):
        labels = LabelFile(folder / NAME, images.names)
        network = CaptchaModel.from_pretrained(REGISTRY[GENERAL])
        session = LabelSession(
            ImagePool(images),
            labels,
            AdaptedModels(target),
            network.config,
            _proposer(propose, network, options),
            lambda found: _adapted(found, options),
            options,
        )
        try:
            yield session
        finally:
            session.close()


def _proposer(name: str, general: CaptchaModel, options: LabelOptions) -> Proposer:
    if name == NONE:
        return NoProposer()
    if name in ENGINES:
        return EngineProposer(name, options.characters, options.case)
    model = general if name == GENERAL else CaptchaModel.from_pretrained(name)
    return ModelProposer(model, name, options.characters, options.case)


def _adapted(found: AdaptedModel, options: LabelOptions) -> Proposer:
    name = f"a model of {found.labels} labels"
    model = CaptchaModel.from_pretrained(found.model, runtime="onnx")
    return ModelProposer(model, name, options.characters, options.case)
