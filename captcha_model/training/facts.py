"""The facts of a training run for the model card: settings and metrics."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from captcha_model.data.samples import ImageSet, TrainingImages
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import source_name
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model_card import (
    CROSS_VALIDATION,
    EvaluationFacts,
    ModelFacts,
    TrainingFacts,
    evaluation_command,
    today,
)
from captcha_model.training.result import FitResult
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_images import is_drawn
from captcha_model.training.splits import VALIDATION_TABLE

IN_MEMORY = "images"  # The name of a data set that was passed as decoded images.

# Settings that do not affect the weights, and those that the card shows elsewhere.
_NOT_LISTED = {"csv_log", "tensorboard", "export", "workers", "seed", "characters"}

# Settings that may be a path, of which only the name is public.
_PUBLIC_NAMES: Mapping[str, Callable[[str], str]] = {
    "init": lambda value: Path(value).name,
    "labelled": source_name,
    "unlabelled": lambda value: Path(value).name,
}


def data_name(run: Run) -> str:
    """Return the name of a run's data set as the card shows it, without the path of its folder."""
    return source_name(run.data.source) if run.data.source else IN_MEMORY


def run_facts(
    run: Run,
    training: TrainingImages,
    validation: ImageSet | None,
    fitted: FitResult,
    report: EvaluationReport,
) -> ModelFacts:
    """Return the facts of a completed run.

    Args:
        run: all settings.
        training: the images it was trained on, including the synthetic ones.
        validation: the images that chose the best epoch; None if there was cross-fitting instead.
        fitted: the result of the training.
        report: the evaluation on the validation split, or that of the cross-fitting.
    """
    state = fitted.state
    chosen = validation is not None and (run.training.restore_best or fitted.cut_short)
    best = state.best if chosen else None
    count = 0 if validation is None else len(validation)
    day, data = today(), data_name(run)
    return ModelFacts(
        training=TrainingFacts(
            date=day,
            recipe=run.recipe,
            changed=changed_settings(run),
            data=data,
            validation_fraction=run.data.validation_fraction,
            images=len(training) - run.data.synthetic,
            synthetic=run.data.synthetic,
            validation_images=count,
            lengths=fitted.label_lengths,
            epochs=state.epochs_done,
            best_epoch=best.epoch if best else None,
            seconds=state.history[-1].seconds,
            seed=run.training.seed,
        ),
        evaluations=(
            EvaluationFacts.from_report(
                report,
                date=day,
                data=data,
                split="validation" if count else CROSS_VALIDATION,
                command=_evaluation_command(run, count),
            ),
        ),
    )


def changed_settings(run: Run) -> dict[str, str]:
    """Return the settings that differ from those of the recipe: `section.setting` to JSON value."""
    recipe = Run.from_mappings({"recipe": run.recipe})
    listed = {"case", "labelled", "labelled_share", "unlabelled"}
    source = {*listed, *(field.name for field in dataclasses.fields(SourceOptions))}
    return {
        f"{section}.{name}": json.dumps(
            _PUBLIC_NAMES[name](value) if name in _PUBLIC_NAMES else value,
            ensure_ascii=False,
            default=_plain,
        )
        for section in ("data", "model", "training")
        for name, value in vars(getattr(run, section)).items()
        if name not in _NOT_LISTED
        and (section != "data" or name in source)
        and value != getattr(getattr(recipe, section), name)
    }


def _evaluation_command(run: Run, images: int) -> str:
    if is_drawn(run) or not images:  # The training itself prints it.
        return f"captcha-model train --recipe {run.recipe} --data {data_name(run)} --out runs/mine"
    by_hash = run.data.validation_fraction is None and images < run.data.validation_limit
    chosen = ["--split", "validation"] if by_hash else ["--only-listed", VALIDATION_TABLE]
    return evaluation_command(data_name(run), *chosen, *run.data.to_arguments())


def _plain(value: Any) -> dict[str, Any]:
    """Return a mapping proxy, which JSON cannot encode, as a dictionary."""
    return dict(value)
