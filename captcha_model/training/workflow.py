"""The whole training: from labelled images to a calibrated, evaluated and saved model."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import sweep, write_atomically
from captcha_model._utils.utf8 import utf8
from captcha_model.data.output_place import check_output
from captcha_model.data.samples import LabelledImages, list_skipped
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.streaming import StreamedImages
from captcha_model.decoding.letter_case import Case
from captcha_model.errors import DivergedError, TrainingError
from captcha_model.training.dataset import size_of
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.few_labels.run import train_few
from captcha_model.training.reporter import Reporter
from captcha_model.training.result import TrainedModel
from captcha_model.training.resume.lock import sole_use
from captcha_model.training.run_config.complete import complete_run
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_folder import RUN_FILE, check_folder, read_run_file
from captcha_model.training.run_images import labelled_source, run_images, samples_of
from captcha_model.training.stages import complete, logging_to, train_network


def train(
    data: str | os.PathLike[str] | LabelledImages,
    *,
    out: str | os.PathLike[str] | None = None,
    recipe: str | None = None,
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int | None = None,
    image_size: tuple[int, int] | None = None,
    init: str | None = None,
    characters: str | None = None,
    case: Case | None = None,
    synthetic: int | None = None,
    unlabelled: str | os.PathLike[str] | None = None,
    augmentation: Mapping[str, float] | None = None,
    validation_fraction: float | None = None,
    source_options: SourceOptions | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    resume: bool = False,
    progress: Callable[[str], None] | None = None,
) -> TrainedModel:
    """Train a model on labelled images, calibrate it, evaluate it and save it.

    The hash of its label assigns each image to the training, the validation or the test split. The
    validation split chooses the best epoch and calibrates the confidences; the test split is not
    touched. With the recipe "adapt", up to 500 images are all trained on, and cross-fitting
    calibrates; above, the last epoch counts. An argument that is left out has the value of the
    recipe.

    Args:
        data: a folder, a .zip, a .csv or .tsv, or a name that `captcha-model train --data` takes;
            or decoded images, whose size is then the input size of the network. With
            "synthetic:any" or "synthetic:FAMILY,..." the images are drawn while it trains, by
            processes, which need the `if __name__ == "__main__":` of a script.
        out: the run folder, new or empty; receives the model in `model/`, plots, `history.csv`,
            `run.yaml` and the checkpoints. None writes nothing.
        recipe: the name of a recipe, such as "crnn" or "quick"; left out, "adapt" for up to 5,000
            images of a source and "crnn" above that.
        epochs: the number of epochs; the learning rate schedule is stretched to them.
        minutes: stop at the end of the epoch in which this time is over.
        seed: the seed of the initial weights, the order of images, dropout and augmentation.
        image_size: (height, width) of the network's input, in pixels.
        init: the model that the training begins with: "general" or another bundled model, a model
            folder, a Hub repository, or "none" for random weights.
        characters: the vocabulary; left out, the characters of all labels.
        case: of the labels. "lower" and "upper" convert them; "ignore" trusts it in none of them,
            so that either case of a letter is right. The model then reads so unless a reading says
            otherwise.
        synthetic: the number of synthetic images to add to the training split.
        unlabelled: a folder of images without a label. Where the model is sure of them they join
            the training, in two further rounds; with 20 to 500 labels. The calibration and the
            reported accuracy rest on the labels alone.
        augmentation: the strength of each random change; `{}` turns all off.
        validation_fraction: split at random with this fraction for validation, instead of by hash.
        source_options: where the labels of a source are, and whether its folders are the splits.
        settings: any other setting, as in `run.yaml`: `{"training": {"batch_size": 32}}`.
        resume: continue the interrupted run in `out`, to the same weights; settings that are left
            out are those in its `run.yaml`.
        progress: receives lines of text, such as one per epoch; with `print` a terminal shows a bar
            over the epochs instead of their lines.

    Returns:
        The calibrated model with its evaluation. Ctrl-C and SIGTERM end the training after the
        current step; the result then holds the best epoch so far, and `signal` is set.

    Raises:
        DataError: the images or labels are not valid, or too few.
        ConfigError: a setting is unknown or not valid.
        DivergedError: the loss became NaN or infinite; what was good before is saved.
        TrainingError: a setting is not valid, another run uses the folder, the folder is not empty
            or there is nothing to resume, or the training stopped in its first epoch.
        DependencyError: a package is not installed; `pip install captcha-model[train]`.

    Example:
        >>> from captcha_model import train
        >>> trained = train("my-images/", out="runs/mine", epochs=40, progress=print)
        >>> trained.evaluation.word_accuracy
        >>> trained.model.predict("image.png").text
    """
    images = data if isinstance(data, LabelledImages) else None
    given: dict[str, dict[str, Any]] = {
        "data": {
            "case": case,
            "synthetic": synthetic,
            "unlabelled": None if unlabelled is None else os.fspath(unlabelled),
            "validation_fraction": validation_fraction,
        },
        "model": {"characters": characters},
        "training": {
            "epochs": epochs,
            "minutes": minutes,
            "seed": seed,
            "init": init,
            "augmentation": augmentation,
        },
    }
    if isinstance(data, LabelledImages):
        given["model"] |= size_of(data)
    else:
        given["data"]["source"] = os.fspath(data)
    if source_options is not None:
        given["data"] |= source_options.to_dict()
    if image_size is not None:
        given["model"]["height"], given["model"]["width"] = image_size
    mappings: list[Mapping[str, Any]] = [
        {name: {k: v for k, v in values.items() if v is not None} for name, values in given.items()}
    ]
    if settings:
        mappings.insert(0, settings)
    if recipe is not None:
        mappings.append({"recipe": recipe})
    if resume and out is not None and (Path(out) / RUN_FILE).exists():
        mappings.insert(0, read_run_file(Path(out) / RUN_FILE))
    reporter = Reporter()
    if progress:
        reporter = Reporter(line=progress, result=progress, epoch_bar=progress is print)
    settled = complete_run(*mappings, decoded=images is not None)
    return train_run(settled, images=images, out=out, resume=resume, reporter=reporter)


def train_run(
    run: Run,
    *,
    images: LabelledImages | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    reporter: Reporter = Reporter(),  # noqa: B008 - it is immutable.
) -> TrainedModel:
    """Do what `train` does for a run whose settings are all known.

    Args:
        run: all settings.
        images: decoded images at the network's input size, instead of `run.data.source`.
        out: see `train`.
        resume: see `train`.
        reporter: receives the progress.

    Raises:
        CaptchaError: see `train`.
    """
    if out is None:
        if resume:
            raise TrainingError("Resuming needs the folder of the run.")
        return _train(run, images, None, resume=False, reporter=reporter)
    folder = Path(out)
    if source := labelled_source(run):
        check_output(folder, source, partial(samples_of, run))
    with sole_use(folder):
        resuming = check_folder(folder, resume=resume)
        sweep(folder)
        if resume and not resuming:
            reporter.line(
                "There is no checkpoint yet, so the training starts with the first epoch."
            )
        return _train(run, images, folder, resume=resuming, reporter=reporter)


def _train(
    run: Run,
    images: LabelledImages | None,
    folder: Path | None,
    *,
    resume: bool,
    reporter: Reporter,
) -> TrainedModel:
    """Prepare the images, train, and complete the result; the caller holds the folder's lock."""
    with (
        run_images(run, images, folder, resume=resume, reporter=reporter) as found,
        logging_to(folder, reporter) as log,
    ):
        run, config = found.run, found.config
        training, validation = found.training, found.validation
        if validation is None:
            assert isinstance(training, LabelledImages), "few images are in memory"
            return train_few(run, config, training, found.unlabelled, folder, log)
        fitted, divergence = train_network(run, config, training, validation, folder, resume, log)
        if folder and resume:
            # Only now the checkpoint has shown that it belongs to these settings.
            write_atomically(folder / RUN_FILE, utf8(run.to_yaml()))
        own = training.labelled if isinstance(training, DrawnAndLabelled) else training
        if isinstance(own, StreamedImages):  # Images in memory were reported when loaded.
            for line in list_skipped(own.skipped):
                reporter.line(line)
            own.warn_of_blank()
        trained = complete(run, fitted, training, validation, folder, log)
    if divergence:
        raise DivergedError(str(divergence), fitted, trained) from divergence
    return trained
