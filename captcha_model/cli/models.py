"""`captcha-model models`: list the bundled models."""

import argparse

from captcha_model import pretrained_models
from captcha_model._utils.utf8 import print_json
from captcha_model.cli.common import new_parser
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.pretrained_models import DEFAULT, Figures, PretrainedModel


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "models",
        "List the bundled models: what each reads, and how well.",
        "captcha-model models --check",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare the SHA-256 of every installed file with the registry; exit code 1 if one "
        "differs",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the models; return 1 if a file differs from the registry and that is checked."""
    registry = pretrained_models.REGISTRY
    differing = {name: registry.differing(name) if options.check else [] for name in registry}
    if options.json:
        print_json([_to_dict(model, differing, options) for model in registry.values()])
    else:
        print("\n\n".join(_to_text(model, differing, options) for model in registry.values()))
    return 1 if any(differing.values()) else 0


def _to_dict(
    model: PretrainedModel, differing: dict[str, list[str]], options: argparse.Namespace
) -> dict[str, object]:
    checked = {"differing_files": differing[model.name]} if options.check else {}
    return {**model.to_dict(), "default": model.name == DEFAULT, **checked}


def _to_text(
    model: PretrainedModel, differing: dict[str, list[str]], options: argparse.Namespace
) -> str:
    title = f"{model.name} (default)" if model.name == DEFAULT else model.name
    weights = "" if model.parameters is None else f", {model.parameters:,} weights"
    lines = [
        f"reads       {model.reads}",
        f"characters  {model.characters}",
        f"size        {model.size / 1e6:.1f} MB{weights}",
        *(f"figures     {_describe(figures)}" for figures in model.figures),
    ]
    if options.check:
        found = ", ".join(differing[model.name])
        lines.append(f"files       {f'not those of the registry: {found}' if found else 'intact'}")
    return "\n  ".join([title, *lines])


def _describe(figures: Figures) -> str:
    low, high = wilson_interval(figures.correct, figures.images)
    return (
        f"{figures.correct} of {figures.images} texts of {figures.data} ({figures.split}) correct: "
        f"{figures.correct / figures.images:.1%} (95% interval {low:.1%} to {high:.1%}), "
        f"CER {figures.cer:.2%}"
    )
