"""What a run leaves behind for the model card: its story and its figures."""

import json
from typing import TYPE_CHECKING, Any

from captcha_model.data.samples import ImageSet
from captcha_model.data.sources import source_name
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model_card import (
    EvaluationFacts,
    ModelFacts,
    TrainingFacts,
    evaluation_command,
    today,
)
from captcha_model.training.run_config.run import Run
from captcha_model.training.splits import VALIDATION_TABLE

if TYPE_CHECKING:
    from captcha_model.training.result import TrainingResult

# What does not touch the weights, and what has a place of its own on the card.
_UNTOLD = {"csv_log", "tensorboard", "export", "workers", "seed", "characters"}


def run_facts(
    told: Run,
    training: ImageSet,
    validation: ImageSet,
    result: "TrainingResult",
    report: EvaluationReport,
) -> ModelFacts:
    """Return what a finished run tells.

    Args:
        told: the whole run.
        training: the images it was trained on, with the drawn ones.
        validation: the images that its epochs were judged by.
        result: what it gave.
        report: how the model reads the validation part.
    """
    lengths = {len(label) for part in (training, validation) for label in part.labels}
    state = result.state
    best = state.best if told.training.keep == "best" or result.cut_short else None
    day, data = today(), source_name(told.data.source)
    return ModelFacts(
        training=TrainingFacts(
            date=day,
            recipe=told.recipe,
            changed=changed_settings(told),
            data=data,
            validation_fraction=told.data.validation_fraction,
            images=len(training) - told.data.synthetic,
            synthetic=told.data.synthetic,
            validation_images=len(validation),
            lengths=(min(lengths), max(lengths)),
            epochs=state.epochs_done,
            best_epoch=best.epoch if best else None,
            seconds=state.history[-1].seconds,
            seed=told.training.seed,
        ),
        evaluations=(
            EvaluationFacts.from_report(
                report,
                date=day,
                data=data,
                split="validation",
                command=_evaluation_command(told, len(validation)),
            ),
        ),
    )


def changed_settings(told: Run) -> dict[str, str]:
    """Return what was told otherwise than its recipe says: `section.setting` with its value."""
    recipe = Run.from_mappings({"recipe": told.recipe})
    return {
        f"{section}.{name}": json.dumps(value, ensure_ascii=False, default=_plain)
        for section in ("model", "training")
        for name, value in vars(getattr(told, section)).items()
        if name not in _UNTOLD and value != getattr(getattr(recipe, section), name)
    }


def _evaluation_command(told: Run, images: int) -> str:
    by_hash = told.data.validation_fraction is None and images < told.data.validation_limit
    chosen = ["--split", "validation"] if by_hash else ["--only-listed", VALIDATION_TABLE]
    data = source_name(told.data.source)
    return evaluation_command(data, *chosen, label_suffix=told.data.label_suffix)


def _plain(value: Any) -> dict[str, Any]:
    """Return a mapping that JSON does not know as one that it does."""
    return dict(value)
