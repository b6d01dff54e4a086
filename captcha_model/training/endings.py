"""Why a training ends before its last epoch, and what to say of it."""

from pathlib import Path
from typing import Literal, TypeAlias

from captcha_model.training.history import epochs_without_progress
from captcha_model.training.resume.state import TrainingState
from captcha_model.training.run_config.settings import TrainingSettings

Ending: TypeAlias = Literal["epochs", "patience", "minutes"]


def ending(state: TrainingState, settings: TrainingSettings) -> Ending | None:
    """Return why a training ends now: all epochs are done, no progress, or the time is up.

    Args:
        state: the history so far.
        settings: the number of epochs, the patience and the limit of time.

    Returns:
        The name of the setting that ends it; None if it goes on.
    """
    if state.epochs_done >= settings.epochs:
        return "epochs"
    if settings.patience is not None:
        waited = epochs_without_progress(state.history, settings.monitor)
        if waited >= settings.patience:
            return "patience"
    seconds = state.history[-1].seconds if state.history else 0.0
    if settings.minutes is not None and seconds >= 60 * settings.minutes:
        return "minutes"
    return None


def told(
    reason: Ending,
    state: TrainingState,
    settings: TrainingSettings,
    folder: Path | None,
    *,
    trained: bool,
) -> str:
    """Return a line about how a training ended; empty if it did all its epochs.

    Args:
        reason: why it ended.
        state: the history.
        settings: how it trained.
        folder: of the run, whose resuming is explained; None for a run without one.
        trained: whether this process trained an epoch; a resumed run may have none left.
    """
    done, count = state.epochs_done, settings.epochs
    if reason == "epochs":
        return "" if trained else f"All {count} epochs were done already: nothing was trained."
    resume = ""
    if reason == "patience":
        why = f"{settings.patience} epochs brought no progress (--patience)"
        if folder:
            resume = f" To go on: --resume --out {folder} --patience none."
    else:
        why = f"the {settings.minutes:g} minutes of --minutes are over"
        if folder:
            more = settings.minutes and 2 * settings.minutes
            resume = (
                f" To go on: --resume --out {folder} --minutes {more:g}, which counts from the "
                "first start, or --minutes none."
            )
    first = "Stopped after" if trained else "Nothing was trained: the run had stopped after"
    return f"{first} epoch {done} of {count}, because {why}.{resume}"
