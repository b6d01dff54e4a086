"""The training loop: from a training and a validation split to network weights."""

import signal
import time
from functools import partial
from pathlib import Path

import keras

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import ImageSet, TrainingImages, label_lengths
from captcha_model.data.synthetic.looks.drawn_images import DrawnImages
from captcha_model.errors import DivergedError, TrainingError
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.augment import augmentation_of
from captcha_model.training.batches import Batches
from captcha_model.training.builder import Builder
from captcha_model.training.callbacks import (
    ACEWeightSchedule,
    CheckpointWriter,
    EarlyStoppingAndLR,
    Progress,
)
from captcha_model.training.dataset_for_keras import dataset_for_keras
from captcha_model.training.devices import TrainingDevices, find_devices
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.endings import ending, told
from captcha_model.training.initial_weights import moved_back
from captcha_model.training.interrupts import Interrupts
from captcha_model.training.label_case import head_of
from captcha_model.training.losses import CTCWithACE, loss_of
from captcha_model.training.mixed_images import MixedImages
from captcha_model.training.reporter import Reporter
from captcha_model.training.result import FitResult
from captcha_model.training.resume.checkpoints import read_newest
from captcha_model.training.resume.fingerprint import fingerprint_of
from captcha_model.training.resume.state import TrainingState, load_state
from captcha_model.training.run_config.settings import NO_MODEL, TrainingSettings
from captcha_model.training.tensorboard import tensorboard
from captcha_model.training.validation import LOSS_NOT_FINITE, Validator

_DRAWN = (DrawnImages, DrawnAndLabelled)
_ENDLESS = (*_DRAWN, MixedImages)


def passes_over(training: TrainingImages, settings: TrainingSettings) -> int:
    """Return how often an epoch passes over its images; where they have no end, they are new."""
    return 1 if isinstance(training, _ENDLESS) else settings.passes(len(training))


def fit(
    config: CaptchaConfig,
    training: TrainingImages,
    validation: ImageSet | None,
    settings: TrainingSettings,
    *,
    folder: Path | None = None,
    resume: bool = False,
    reporter: Reporter = Reporter(),  # noqa: B008 - it is immutable.
    builder: Builder = Builder(),  # noqa: B008 - it has no state.
) -> FitResult:
    """Train a network and return it, by default with the weights of its best epoch.

    The model is not calibrated: it reports raw softmax confidences and accepts every reading. Use
    `captcha_model.train` for a model to read with.

    Args:
        config: the model to build.
        training: the images to train on; at least one.
        validation: the images that choose the best epoch, at least one. With None the weights of
            the last epoch are kept, or moved back towards those of `settings.init`.
        settings: how to train.
        folder: receives the checkpoints, `history.csv` and the TensorBoard logs; the caller holds
            its lock (see `captcha_model.training.resume.lock`). None writes nothing.
        resume: continue from the newest checkpoint in `folder`, to the same weights as an
            uninterrupted training.
        reporter: receives one line per epoch.
        builder: builds the network and the model.

    Raises:
        DivergedError: the loss became NaN or infinite after the first epoch.
        TrainingError: there is no checkpoint to resume from, a checkpoint cannot be written, there
            are too few devices, or the training stopped before the first epoch was complete.
        DependencyError: an augmentation or TensorBoard needs a package that is not installed.
    """
    if resume and folder is None:
        raise TrainingError("Resuming needs the folder of the run.")
    devices = find_devices(settings.devices)
    shortest, longest = label_lengths(training, *((validation,) if validation else ()))
    output = head_of(config)
    width = output.target_width(networks.time_steps(config), longest)
    encode = partial(config.vocabulary.encode_batch, width=width)
    drawn = isinstance(training, _DRAWN)
    batches = Batches(
        training,
        encode,
        batch_size=settings.batch_size,
        passes=passes_over(training, settings),
        seed=settings.seed,
        augment=augmentation_of(settings.augmentation),
        outlier_share=settings.outlier_share,
        workers=settings.workers,
        any_width=config.any_width,
        stretch=(config.min_width, config.width) if config.min_width and drawn else None,
        endless=isinstance(training, _ENDLESS),
        devices=len(devices),
    )
    if len(devices) > 1:
        reporter.line(_shares(devices, batches, settings))
    fingerprint = fingerprint_of(config, training, settings, len(devices))
    network = builder.network(config, settings, len(batches) * settings.epochs, devices)
    is_moved = validation is None and settings.init != NO_MODEL and settings.init_images > 0
    start = network.get_weights() if is_moved else []
    state = TrainingState(settings.monitor)
    if resume and folder is not None:
        state = read_newest(
            folder, lambda path: load_state(path, network, fingerprint), reporter.line
        )
    runtime = KerasRuntime(network, config)
    writer = CheckpointWriter(
        state, folder=folder, fingerprint=fingerprint, csv_log=settings.csv_log
    )
    if resume:
        writer.write_history()
    callbacks: list[keras.callbacks.Callback] = [
        Validator(
            state,
            validation,
            runtime,
            config,
            output,
            encode,
            loss_of(output),
            started=time.perf_counter(),
            before=state.history[-1].seconds if state.history else 0.0,
        ),
        EarlyStoppingAndLR(state, settings),
        writer,
    ]
    if isinstance(network.loss, CTCWithACE):
        callbacks.append(ACEWeightSchedule(network.loss, settings.epochs))
    if folder and settings.tensorboard:
        callbacks.append(tensorboard(folder / "tensorboard"))
    before = state.epochs_done
    with devices.scope():
        received, divergence = _run_epochs(
            network, batches, devices, state, settings, callbacks, reporter
        )
    if state.best is None:
        raise divergence or TrainingError(
            "Stopped before the first epoch ended, so there is nothing to save."
        )
    reason = None if received or divergence else ending(state, settings)
    if reason and (
        line := told(reason, state, settings, folder, trained=state.epochs_done > before)
    ):
        reporter.line(line)
    # The last weights of a training that was cut short are those of no schedule.
    is_cut = reason in ("minutes", "patience")
    if settings.restore_best or received or divergence or is_cut:
        network.set_weights(state.best_weights)
    if start:
        count = training.different if isinstance(training, MixedImages) else len(training)
        weights = moved_back(network, start, settings.init_images, count, config, settings.init)
        network.set_weights(weights)
    result = FitResult(
        builder.model(config, runtime, settings),
        state,
        (shortest, longest),
        received,
        diverged=divergence is not None,
        stopped_early=is_cut,
    )
    if divergence:
        raise DivergedError(
            f"{divergence} The weights of epoch {state.best.epoch} are kept.", result
        ) from divergence
    return result


def _run_epochs(
    network: keras.Model,
    batches: Batches,
    devices: TrainingDevices,
    state: TrainingState,
    settings: TrainingSettings,
    callbacks: list[keras.callbacks.Callback],
    reporter: Reporter,
) -> tuple[signal.Signals | None, TrainingError | None]:
    """Train until the end, a signal or a loss that is not finite; return which of the two."""
    if ending(state, settings):
        return None, None
    interrupts = Interrupts()
    epochs = range(state.epochs_done, settings.epochs)
    progress = Progress(state, steps=len(batches), settings=settings, reporter=reporter)
    try:
        with interrupts, dataset_for_keras(batches, epochs, network, devices) as prepared:
            network.fit(
                prepared,
                steps_per_epoch=len(batches),
                epochs=settings.epochs,
                initial_epoch=state.epochs_done,
                callbacks=[interrupts, *callbacks, progress],
                shuffle=False,  # The batches are shuffled already.
                verbose=0,
            )
    except KeyboardInterrupt:
        return interrupts.received or signal.SIGINT, None
    except TrainingError as error:
        if error.code != LOSS_NOT_FINITE:
            raise
        return None, error
    finally:
        progress.close()
    return None, None


def _shares(devices: TrainingDevices, batches: Batches, settings: TrainingSettings) -> str:
    """Return a line that says how the devices share the work."""
    return (
        f"{len(devices)} devices ({', '.join(devices.names)}): of each batch of {batches.size} "
        f"images {batches.size // len(devices)} for each; one step with the learning rate "
        f"{settings.learning_rate:g} for the whole batch"
    )
