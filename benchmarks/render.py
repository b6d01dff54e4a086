"""Renders the README's figures from `results/`, so that no number in it is typed by hand.

python benchmarks/render.py
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import RESULTS, load_result, table_of
from load.table import render as render_load
from peers.table import machines
from peers.table import render as render_peers
from trust_table import render as render_trust

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- {}: rendered by `python benchmarks/render.py` from benchmarks/results/ -->\n"
END = "<!-- end of {} -->"


def render() -> str:
    """Return the README's block of figures."""
    validation, folds = load_result("validation"), load_result("crossval")
    latency, start = load_result("latency"), load_result("coldstart")
    rows = [
        (
            "bundled model, validation part",
            _accuracy(validation["report"]),
            validation,
        ),
        (
            f"{folds['folds']}-fold cross-validation: each read by a network that never saw it",
            _accuracy(folds["report"]),
            folds,
        ),
        *_by_runtime(
            "reading one image after warm-up",
            latency,
            lambda f: f"{f['one_image']['median_ms']:.1f} ms (median)",
        ),
        *_by_runtime(
            f"reading {latency['batch']} images at once",
            latency,
            lambda f: f"{f['batch_per_image']['median_ms']:.2f} ms an image (median)",
        ),
        *_by_runtime(
            "a new process, to its first text",
            start,
            lambda f: f"{f['seconds_to_first_text']:.2f} s (median), {f['peak_megabytes']:.0f} MB",
        ),
        *_by_runtime(
            "installing what that needs",
            start,
            lambda f: f"{f['install_megabytes']:.0f} MB over bare Python",
        ),
    ]
    lines = table_of(rows)
    machine = latency["environment"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    wrong = folds["report"]["wrong"]
    mistakes = "; ".join(
        f"`{w['label']}` as `{w['reading']}` ({w['confidence']:.0%})" for w in wrong
    )
    lines += [
        "",
        f"Times on {machine['processor']}; Python {machine['python']}, {versions}.",
        "",
        f"The {len(wrong)} wrong readings of the cross-validation, with confidence: {mistakes}.",
    ]
    return "\n".join(lines) + "\n"


def render_recipes() -> str:
    """Return the README's comparison of the recipes."""
    found = load_result("recipes")
    lines = [
        "| recipe | parameters | model | epochs, training time | best after | validation CER "
        "| texts right | reading |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, facts in found["recipes"].items():
        report = facts["report"]
        cells = [
            name,
            f"{facts['parameters']:,}",
            f"{facts['bytes'] / 1e6:.1f} MB",
            f"{facts['epochs']}, {facts['seconds']:.0f} s",
            f"{facts['seconds_first_that_good']:.0f} s",
            f"{report['cer']:.2%}",
            f"{report['correct']} of {report['images']} ({report['word_accuracy']:.1%})",
            f"{facts['ms_per_image']:.2f} ms an image",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    where = machines({"title": name, **facts} for name, facts in found["recipes"].items())
    lines += [
        "",
        f"`{found['command']}` on {where}: the 819 images of captcha_images_v2's train part and "
        "nothing drawn, one recipe after another, each by its own schedule and for at most "
        f"{found['minutes']} minutes. They are read on the 98 images of the validation part, two "
        "of which have wrong labels. The last column is the median time of an image in a batch of "
        f"{found['batch']}, the models of one run in turns.",
    ]
    return "\n".join(lines) + "\n"


def with_figures(text: str) -> str:
    """Return the README's text with its blocks of figures made anew."""
    blocks = {
        "figures": render,
        "recipes": render_recipes,
        "trust": render_trust,
        "peers": lambda: render_peers(RESULTS),
        "load": render_load,
    }
    for name in (name for name in blocks if BEGIN.format(name) in text):
        rendered = blocks[name]()
        before, _, rest = text.partition(BEGIN.format(name))
        _, _, after = rest.partition(END.format(name))
        text = before + BEGIN.format(name) + "\n" + rendered + "\n" + END.format(name) + after
    return text


def _by_runtime(
    what: str, source: dict[str, Any], figure: Callable[[dict[str, Any]], str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return a row of the table of figures for each runtime."""
    titles = {"onnx": "ONNX Runtime", "keras": "Keras"}
    found = source["runtimes"]
    return [(f"{what}, {title}", figure(found[name]), source) for name, title in titles.items()]


def _accuracy(report: dict[str, Any]) -> str:
    low, high = report["word_accuracy_95"]
    return (
        f"{report['correct']} of {report['images']} texts right ({report['word_accuracy']:.2%}; "
        f"95 % interval {low:.1%} to {high:.1%}), CER {report['cer']:.2%}"
    )


if __name__ == "__main__":
    README.write_text(with_figures(README.read_text()))
    print(f"rendered {README.name}")
