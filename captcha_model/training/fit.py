"""The training loop: from two parts of labelled images to a model."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.augmentation import Augmentation
from captcha_model.data.loading import check_parts
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import TrainingError
from captcha_model.model import CaptchaModel
from captcha_model.training.batches import Batches
from captcha_model.training.callbacks import Keeper, Progress, Validator
from captcha_model.training.schedule import OneCycle
from captcha_model.training.settings import TrainingSettings
from captcha_model.training.state import TrainingState, load_state


@dataclass(frozen=True)
class TrainingResult:
    """What a training gave.

    Attributes:
        model: with the weights of the best epoch.
        state: the history and the best epoch's record.
        interrupted: whether the user stopped it; `state` then ends with the last whole epoch.
    """

    model: CaptchaModel
    state: TrainingState
    interrupted: bool


def train(
    config: CaptchaConfig,
    training: LabelledImages,
    validation: LabelledImages,
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
        folder: takes `checkpoint.npz` and `history.csv` after every epoch; None writes nothing.
        resume: go on from the folder's checkpoint, to the same weights as without interrupt.
        say: prints a line an epoch, and turns the progress bar on; None is silent.

    Raises:
        DataError: a part is empty.
        TrainingError: nothing to resume, the loss is not finite, or an interrupt before the first
            epoch's end.
    """
    check_parts(training, validation)
    checkpoint = folder / "checkpoint.npz" if folder else None
    purpose = _purpose(config, training, settings)

    keras.utils.set_random_seed(settings.seed)
    network = networks.build(config)
    steps = len(training) // min(settings.batch_size, len(training))
    # The loss is compiled in, never a layer of the network: what is saved can only read.
    network.compile(
        optimizer=keras.optimizers.AdamW(
            OneCycle(settings.learning_rate, steps * settings.epochs),
            weight_decay=settings.weight_decay,
            clipnorm=settings.clip_norm,
        ),
        loss=keras.losses.CTC(),
    )
    state = TrainingState()
    if resume:
        if checkpoint is None:
            raise TrainingError("Resuming needs the folder of the run.")
        state = load_state(checkpoint, network, purpose)
    callbacks: list[keras.callbacks.Callback] = [
        Validator(
            state,
            validation,
            config.vocabulary,
            started=time.perf_counter(),
            before=state.history[-1].seconds if state.history else 0.0,
            patience=settings.patience,
        ),
        Keeper(
            state,
            checkpoint=checkpoint,
            history=folder / "history.csv" if folder else None,
            purpose=purpose,
        ),
    ]
    progress = Progress(state, steps=steps, epochs=settings.epochs, say=say) if say else None
    batches = Batches(
        training,
        config.vocabulary,
        batch_size=settings.batch_size,
        seed=settings.seed,
        augment=Augmentation(config) if settings.augment else None,
    )
    interrupted = False
    if not _finished(state, settings):
        try:
            network.fit(
                batches,
                epochs=settings.epochs,
                initial_epoch=state.epochs_done,
                callbacks=[
                    keras.callbacks.LambdaCallback(
                        on_epoch_begin=lambda epoch, logs: batches.begin(epoch)  # noqa: ARG005
                    ),
                    *callbacks,
                    *([progress] if progress else []),
                ],
                # Keras would shuffle the batches by a state that a resumed run does not have.
                shuffle=False,
                verbose=0,
            )
        except KeyboardInterrupt:
            interrupted = True
        finally:
            if progress:
                progress.close()
    if state.best is None:
        raise TrainingError("Stopped before the first epoch ended, so there is nothing to save.")
    if settings.keep == "best" or interrupted:
        network.set_weights(state.best_weights)
    return TrainingResult(CaptchaModel(config, network), state, interrupted)


def _finished(state: TrainingState, settings: TrainingSettings) -> bool:
    if state.epochs_done >= settings.epochs:
        return True
    waited = state.epochs_done - state.best.epoch if state.best else 0
    return waited >= settings.patience


def _purpose(
    config: CaptchaConfig, training: LabelledImages, settings: TrainingSettings
) -> dict[str, Any]:
    """Return what must be the same for a run to be resumed."""
    return {**config.to_dict(), **settings.to_dict(), "training_images": len(training)}
