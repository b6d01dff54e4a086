"""Train the ten models of a cross-validation over captcha_images_v2, for other benchmarks.

Every fold is trained with the default settings for all epochs, and its last weights are kept. A
fold whose model exists in the folder is not trained again.

    python benchmarks/folds.py --synthetic 400 --folds runs/folds
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.data.loading import find_vocabulary, load_images
from captcha_model.data.samples import LabelledImages
from captcha_model.data.sources import find_samples
from captcha_model.data.synthetic.dataset import synthesize_like
from captcha_model.model import CaptchaModel
from captcha_model.training.run_config.settings import TrainingSettings

FOLDS = 10
SYNTHETIC = 400


@dataclass(frozen=True)
class FoldModels:
    """The images and, for every fold, a model with the indices of the images it never saw."""

    images: LabelledImages
    config: CaptchaConfig
    folds: tuple[tuple[CaptchaModel, tuple[int, ...]], ...]


def load_all(data: str) -> tuple[LabelledImages, CaptchaConfig]:
    """Return all images of the data set and the settings of a model for them."""
    samples = find_samples(data)
    config = CaptchaConfig(find_vocabulary(samples).characters)
    return load_images(samples, config), config


def train_missing(out: Path, data: str, synthetic: int) -> None:
    """Train every fold whose model is missing."""
    images, config = load_all(data)
    settings = TrainingSettings()
    load_keras()
    from captcha_model.training.crossfit import cross_fit

    extra = synthesize_like(images.labels, synthetic, config, settings.seed) if synthetic else None
    start = time.perf_counter()
    for fold in cross_fit(
        images,
        config,
        settings,
        FOLDS,
        synthetic=extra,
        select=lambda fold: not _folder(out, fold).exists(),
    ):
        fold.model.save_pretrained(_folder(out, fold.number))
        print(f"fold {fold.number} after {time.perf_counter() - start:.0f} s", flush=True)


def load_folds(out: Path, data: str) -> FoldModels:
    """Return the trained models, read by ONNX Runtime.

    Raises:
        ModelFolderError: one is missing.
    """
    images, config = load_all(data)
    load_keras()
    from captcha_model.training.crossfit import held_out_of

    return FoldModels(
        images,
        config,
        tuple(
            (CaptchaModel.from_pretrained(_folder(out, fold), runtime="onnx"), held_out)
            for fold, held_out in enumerate(held_out_of(images, FOLDS))
        ),
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the folder of the models and their data."""
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--folds", type=Path, default=Path("runs/folds"), help="with the models")


def each(models: FoldModels) -> Iterator[tuple[CaptchaModel, LabelledImages]]:
    """Yield every model with the images it never saw."""
    for model, held_out in models.folds:
        yield model, models.images.select(held_out)


def _folder(out: Path, fold: int) -> Path:
    return out / f"fold-{fold}"


def main() -> None:
    """Train the missing models."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--synthetic", type=int, default=SYNTHETIC, help="synthetic images to add")
    options = parser.parse_args()
    train_missing(options.folds, options.data, options.synthetic)


if __name__ == "__main__":
    main()
