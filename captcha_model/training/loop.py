"""The training loop: from two parts of labelled images to a model."""

import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import keras

from captcha_model import networks
from captcha_model._utils.atomic_files import sweep
from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import check_splits
from captcha_model.data.samples import ImageSet
from captcha_model.data.transforms.augmentation import Augmentation
from captcha_model.errors import DivergedError, TrainingError
from captcha_model.model import CaptchaModel
from captcha_model.training.batches import Batches
from captcha_model.training.callbacks import (
    CheckpointWriter,
    EarlyStoppingAndLR,
    Progress,
    finished,
)
from captcha_model.training.compile import compiled_network
from captcha_model.training.interrupts import Interrupts
from captcha_model.training.losses import Aid, CTCWithACE, loss_of
from captcha_model.training.result import TrainingResult
from captcha_model.training.resume.checkpoints import read_newest
from captcha_model.training.resume.lock import sole_use
from captcha_model.training.resume.state import TrainingState, load_state
from captcha_model.training.run_config.settings import TrainingSettings
from captcha_model.training.tensorboard import tensorboard
from captcha_model.training.validation import Validator

# What may change when a run is resumed: it does not touch the weights that an epoch gives.
_FREE = {"minutes", "patience", "keep", "csv_log", "tensorboard", "export", "workers"}


def train(
    config: CaptchaConfig,
    training: ImageSet,
    validation: ImageSet,
    settings: TrainingSettings,
    *,
    folder: Path | None = None,
    resume: bool = False,
    say: Callable[[str], None] | None = None,
) -> TrainingResult:
    """Train a network, and return it, by default as it was after its best epoch.

    Args:
        config: what to build.
        training: the images to learn from.
        validation: the images to choose the best epoch by.
        settings: how to train.
        folder: takes the checkpoints, `history.csv` and TensorBoard's logs; None writes nothing.
        resume: go on from the folder's checkpoint, to the same weights as without interrupt.
        say: prints a line an epoch, and turns the progress bar on; None is silent.

    Raises:
        DataError: a part is empty.
        DivergedError: the loss was no number after the first epoch; it holds the best weights.
        TrainingError: nothing to resume, another run in the folder, a checkpoint cannot be written,
            or no epoch was finished before an interrupt or a loss that is no number.
        DependencyError: an augmentation or TensorBoard needs a package that is not installed.
    """
    check_splits(training, validation)
    with sole_use(folder) if folder else nullcontext():
        if folder:
            sweep(folder)
        return _train(config, training, validation, settings, folder, resume, say)


def _train(
    config: CaptchaConfig,
    training: ImageSet,
    validation: ImageSet,
    settings: TrainingSettings,
    folder: Path | None,
    resume: bool,
    say: Callable[[str], None] | None,
) -> TrainingResult:
    purpose = _purpose(config, training, settings)
    output = networks.describe(config).output
    longest = max(max(map(len, part.labels)) for part in (training, validation))
    width = output.target_width(networks.time_steps(config), longest)
    encode = partial(config.vocabulary.encode_batch, width=width)
    batches = Batches(
        training,
        encode,
        batch_size=settings.batch_size,
        passes=settings.passes(len(training)),
        seed=settings.seed,
        augment=Augmentation(config, settings.augmentation) if settings.augmentation else None,
        workers=settings.workers,
    )

    keras.utils.set_random_seed(settings.seed)
    network = compiled_network(config, settings, len(batches) * settings.epochs)
    state = TrainingState(settings.monitor)
    if resume:
        if folder is None:
            raise TrainingError("Resuming needs the folder of the run.")
        state = read_newest(
            folder,
            lambda path: load_state(path, network, purpose),
            say or (lambda line: None),  # noqa: ARG005
        )
    keeper = CheckpointWriter(state, folder=folder, purpose=purpose, csv_log=settings.csv_log)
    if resume:
        keeper.write_history()
    callbacks: list[keras.callbacks.Callback] = [
        Validator(
            state,
            validation,
            config.characters,
            output,
            encode,
            loss_of(output),
            started=time.perf_counter(),
            before=state.history[-1].seconds if state.history else 0.0,
        ),
        EarlyStoppingAndLR(state, settings),
        keeper,
    ]
    if isinstance(network.loss, CTCWithACE):
        callbacks.append(Aid(network.loss, settings.epochs))
    if folder and settings.tensorboard:
        callbacks.append(tensorboard(folder / "tensorboard"))
    progress = Progress(state, steps=len(batches), epochs=settings.epochs, say=say) if say else None
    if progress:
        callbacks.append(progress)
    received: signal.Signals | None = None
    divergence: TrainingError | None = None
    if not finished(state, settings):
        interrupts = Interrupts()
        try:
            with interrupts, batches.ahead(range(state.epochs_done, settings.epochs)) as prepared:
                network.fit(
                    prepared,
                    steps_per_epoch=len(batches),
                    epochs=settings.epochs,
                    initial_epoch=state.epochs_done,
                    callbacks=[interrupts, *callbacks],
                    shuffle=False,  # They come in their order.
                    verbose=0,
                )
        except KeyboardInterrupt:
            received = interrupts.received or signal.SIGINT
        except TrainingError as error:
            if error.code != DivergedError.code:
                raise
            divergence = error
        finally:
            if progress:
                progress.close()
    if state.best is None:
        raise divergence or TrainingError(
            "Stopped before the first epoch ended, so there is nothing to save."
        )
    cut_short = received or divergence
    weights = state.best_weights if settings.keep == "best" or cut_short else network.get_weights()
    # A network of its own: what was trained may compute in 16 bits.
    model = CaptchaModel(config)
    model.network.set_weights(weights)
    result = TrainingResult(model, state, received, diverged=divergence is not None)
    if divergence:
        raise DivergedError(
            f"{divergence} The weights of epoch {state.best.epoch} are kept.", result
        ) from divergence
    return result


def _purpose(
    config: CaptchaConfig, training: ImageSet, settings: TrainingSettings
) -> dict[str, Any]:
    """Return what must be the same for a run to be resumed."""
    told = {name: value for name, value in settings.to_dict().items() if name not in _FREE}
    return {**config.to_dict(), **told, "training_images": len(training)}
