"""What a run trains on: its settings of the model, its training and its validation images."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.utf8 import utf8
from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_image_lengths
from captcha_model.data.samples import ImageSet, LabelledImages, Sample, TrainingImages
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import warn_of_trained_folders
from captcha_model.data.synthetic.looks.drawn_images import DrawnImages, families_of
from captcha_model.data.synthetic.looks.families import PREFIX
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.errors import ConfigError, DataError
from captcha_model.model import CaptchaModel
from captcha_model.networks import describe
from captcha_model.training.alphabet import beginnings
from captcha_model.training.dataset import (
    check_shapes,
    checked_splits,
    is_cross_fitted,
    load_run_images,
    name_added,
    warn_of_unseen,
    with_synthetic,
)
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled, check_drawn
from captcha_model.training.label_case import relabelled, warn_of_case
from captcha_model.training.outputs import check_outputs, write_samples_plot
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_config.settings import NO_MODEL
from captcha_model.training.run_folder import RUN_FILE
from captcha_model.training.splits import (
    find_config,
    split_by_hash_or_at_random,
    split_images,
    write_split_tables,
)
from captcha_model.training.unlabelled import refuse_unlabelled, unlabelled_images

VALIDATION_IMAGES = 2000
"""The number of synthetic images for validation."""


@dataclass(frozen=True)
class RunImages:
    """The images of a run.

    Attributes:
        run: all settings, with the split that the labels allow.
        config: the model to build.
        training: the images to train on.
        validation: the images that choose the best epoch; None if the images are so few that
            cross-fitting takes their place.
        unlabelled: images without a label; None if there are none.
    """

    run: Run
    config: CaptchaConfig
    training: TrainingImages
    validation: ImageSet | None
    unlabelled: LabelledImages | None = None


def is_drawn(run: Run) -> bool:
    """Return whether the images of a run are drawn while it trains."""
    return run.data.source.startswith(PREFIX)


def labelled_source(run: Run) -> str:
    """Return the source of a run's labelled images; "" if all of its images are drawn."""
    return run.data.labelled if is_drawn(run) else run.data.source


def samples_of(run: Run) -> Sequence[Sample]:
    """Return the labelled files of a run."""
    return find_samples(labelled_source(run), run.data)


@contextmanager
def run_images(
    run: Run,
    images: LabelledImages | None,
    folder: Path | None,
    *,
    resume: bool,
    reporter: Reporter,
) -> Iterator[RunImages]:
    """Prepare the images of a run, and write what its folder holds before the training.

    Args:
        run: all settings.
        images: decoded images, instead of the source of the run.
        folder: the run folder; None writes nothing.
        resume: whether an interrupted run goes on.
        reporter: receives the progress.

    Raises:
        CaptchaError: see `captcha_model.training.workflow.train`.
    """
    if images is None and is_drawn(run):
        with _drawn(run, folder, reporter) as prepared:
            _write_start(run, folder, prepared.training, resume=resume)
            yield prepared
        return
    yield _labelled(run, images, folder, resume=resume, reporter=reporter)


def _labelled(
    run: Run,
    images: LabelledImages | None,
    folder: Path | None,
    *,
    resume: bool,
    reporter: Reporter,
) -> RunImages:
    if images is None:
        samples = samples_of(run)
    else:
        pairs = zip(images.names, images.labels, strict=True)
        samples = [Sample(name, label, bytes) for name, label in pairs]  # Never read.
    config = find_config(samples, run.model, run.data.case)
    if images is not None:
        check_shapes(images, config)
    if folder:
        check_outputs(run, config)  # Before the images are read.
    found = load_run_images(samples, config, run, reporter) if images is None else images
    if isinstance(found, LabelledImages):
        check_image_lengths(relabelled(found, config), config)
    name_added(found, config, run, reporter)
    if isinstance(found, LabelledImages) and is_cross_fitted(len(found), run):
        warn_of_trained_folders(found.names)
        unlabelled = unlabelled_images(found, config, run, reporter)
        _write_start(run, folder, found, resume=resume)
        return RunImages(run, config, relabelled(found, config), None, unlabelled)
    refuse_unlabelled(run, len(found))
    split = split_by_hash_or_at_random(found.labels, run.data)
    if split != run.data:
        reporter.line(
            "too few different labels for a split by their hash, so a tenth of the images, chosen "
            "at random with the seed, is held back for validation"
        )
        run = replace(run, data=split)
    training, validation = checked_splits(found, run, reporter)
    if folder:
        write_split_tables(folder, training, validation)
    _write_start(run, folder, training, resume=resume)
    training, validation = relabelled(training, config), relabelled(validation, config)
    warn_of_case(training, config, are_given=run.model.characters is not None)
    if not run.data.synthetic:  # Synthetic images show all characters.
        warn_of_unseen(relabelled(found, config), training, _to_learn(config, run))
    return RunImages(run, config, with_synthetic(training, config, run, reporter), validation)


def _to_learn(config: CaptchaConfig, run: Run) -> str:
    """Return the characters that the model can only learn from the images of the run."""
    if run.training.init == NO_MODEL:
        return config.characters
    saved = CaptchaModel.from_pretrained(run.training.init).config.characters
    pairs = zip(config.characters, beginnings(config.characters, saved), strict=True)
    return "".join(character for character, known in pairs if not known)


@contextmanager
def _drawn(run: Run, folder: Path | None, reporter: Reporter) -> Iterator[RunImages]:
    """Prepare images that are drawn; those for validation have the next seed.

    Raises:
        ConfigError: the vocabulary lacks a character that is drawn, or a setting is for other
            sources.
        DataError: a family is unknown, the fonts are not usable, or the labelled images are not.
    """
    check_drawn(run)
    refuse_unlabelled(run, run.training.epoch_images)
    characters = run.model.characters or CHARACTERS
    missing = sorted(set(CHARACTERS) - set(characters))
    if missing:
        raise ConfigError(f"The synthetic images show characters that are not in it: {missing}")
    config = run.model.config(characters, {})
    describe(config)
    if folder:
        check_outputs(run, config)  # Before the images are read and drawn.
    fonts = Path(run.data.fonts) if run.data.fonts else None
    families = families_of(run.data.source)

    training = DrawnImages(
        replace(config, closer=False),  # Nothing is looked at more closely in a training.
        seed=run.training.seed,
        fonts=fonts,
        families=families,
        count=run.training.epoch_images,
        workers=run.training.workers,
    )
    try:
        held_out = training.with_seed(run.training.seed + 1)
        among = _among_drawn(training, characters, run, reporter)
        yield RunImages(run, config, among, held_out.select(range(VALIDATION_IMAGES)))
    finally:
        training.close()


def _among_drawn(
    drawn: DrawnImages, characters: str, run: Run, reporter: Reporter
) -> TrainingImages:
    """Return drawn images, with the train split of a run's labelled ones among them if it has some.

    Raises:
        DataError: the labelled images cannot be read, or none is in the train split.
    """
    if not run.data.labelled:
        return drawn
    samples = samples_of(run)
    config = find_config(samples, replace(run.model, characters=characters, closer=False))
    images = load_run_images(samples, config, run, reporter)
    if isinstance(images, LabelledImages):
        check_image_lengths(images, config)
    training, _ = split_images(images, run.data, run.training.seed)
    if not len(training):
        raise DataError(
            f"None of the {len(images)} images of {run.data.labelled} is in the train split, of "
            "which labelled images among drawn ones are taken.",
            code="SPLIT_EMPTY",
        )
    return DrawnAndLabelled(drawn, training, run.data.labelled_share, run.training.seed)


def _write_start(
    run: Run,
    folder: Path | None,
    training: TrainingImages,
    *,
    resume: bool,
) -> None:
    """Write the settings of a new run and a plot of its training images."""
    if folder is None:
        return
    if not resume:
        write_atomically(folder / RUN_FILE, utf8(run.to_yaml()))
    write_samples_plot(folder, training)
