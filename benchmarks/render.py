"""Renders the tables of `docs/results.md` and the summary in README from `results/`.

No measured number in these files is typed by hand.

    python benchmarks/render.py
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import RESULTS, load_result, table_of
from constraints_table import render as render_constraints
from few.table import render as render_few
from general.table import render as render_general
from generators.table import render as render_strength
from load.table import render as render_load
from peers.table import best_way, machines
from peers.table import render as render_peers
from trust_table import render as render_trust

ROOT = Path(__file__).parents[1]
PAGES = tuple(ROOT / page for page in ("README.md", "docs/results.md", "docs/strength.md"))
BEGIN = "<!-- {}: rendered by `python benchmarks/render.py` from benchmarks/results/ -->\n"
END = "<!-- end of {} -->"

TARGET = "0.98"  # The word accuracy whose training time the summary states.


def render_summary() -> str:
    """Return the README's rows."""
    folds, latency, start = (load_result(name) for name in ("crossval", "latency", "coldstart"))
    trust, training = load_result("trust"), load_result("peers_training")
    speed, onnx = latency["runtimes"]["onnx"], start["runtimes"]["onnx"]
    ddddocr = load_result("peers")["relative_to_ours"]["ddddocr"]
    every, accepted = trust["all"], trust["accepted"]
    trained = training["systems"]["ours"]
    rows = {
        "Accuracy, each image read by a network that was not trained on it": _accuracy(
            folds["report"]
        ),
        "The same images, read by ddddocr, which comes trained": _ways(load_result("peers_ways")),
        **_untrained(load_result("general")["comparison"]),
        f"Speed on {latency['environment']['cores']} CPU cores": (
            f"{speed['one_image']['median_ms']:.1f} ms for one image, "
            f"{speed['batch_per_image']['median_ms']:.2f} ms per image in a list; ddddocr takes "
            f"{ddddocr['one_ms']['ratio']:.1f} and {ddddocr['many_ms']['ratio']:.0f} times as long"
        ),
        "Start of a process to its first text": (
            f"{onnx['seconds_to_first_text']:.2f} s, {onnx['peak_megabytes']:.0f} MB of memory"
        ),
        "Confidence, on clean and degraded images": (
            f"expected calibration error {every['ece']:.2%}; {accepted['right']:,} of "
            f"{accepted['accepted']:,} accepted readings are correct "
            f"({accepted['right'] / accepted['accepted']:.2%})"
        ),
        f"Training on {training['images']} images, recipe `crnn`": (
            f"{float(TARGET):.0%} of the validation texts correct after "
            f"{trained['seconds_to'][TARGET]:.0f} s; the whole command takes "
            f"{trained['seconds_whole_command']:.0f} s"
        ),
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]) + "\n"


def _untrained(comparison: dict[str, Any]) -> dict[str, str]:
    """Return a row on what is read of images that no reader was trained on."""
    kinds = {"real": "sets from public repositories", "generators": "open-source generators"}
    titles = {"ours": "`general`", "ddddocr": "ddddocr", "rapidocr": "RapidOCR"}

    def by_system(means: dict[str, float], untold: bool) -> str:
        # A system with two networks has two ways of reading as it does by default.
        shown = {
            key: max(v for k, v in means.items() if k.startswith(key) and k.endswith("as it is"))
            if untold
            else means[key]
            for key in titles
        }
        return ", ".join(f"{titles[key]} {share:.1%}" for key, share in shown.items())

    parts = [
        f"{comparison[kind]['sets']} {name}: {by_system(comparison[kind]['means'], False)}, each "
        f"by its best way; {by_system(comparison[kind]['means'], True)} by default"
        for kind, name in kinds.items()
    ]
    title = (
        "Images of other people, without training on them (mean share of texts correct; in its "
        "best way a system is told the characters of a set, and `general` looks at five views)"
    )
    return {title: "; ".join(parts)}


def render_figures() -> str:
    """Return the table of the bundled model's accuracy, speed and start."""
    validation, folds = load_result("validation"), load_result("crossval")
    latency, start = load_result("latency"), load_result("coldstart")
    rows = [
        ("bundled model, validation split", _accuracy(validation["report"]), validation),
        (
            f"{folds['folds']}-fold cross-validation: each image read by a network that was not "
            "trained on it",
            _accuracy(folds["report"]),
            folds,
        ),
        *_by_runtime(
            "one image, after warm-up",
            latency,
            lambda f: f"{f['one_image']['median_ms']:.1f} ms (median)",
        ),
        *_by_runtime(
            f"a list of {latency['batch']} images",
            latency,
            lambda f: f"{f['batch_per_image']['median_ms']:.2f} ms per image (median)",
        ),
        *_by_runtime(
            "a new process, to its first text",
            start,
            lambda f: f"{f['seconds_to_first_text']:.2f} s (median), {f['peak_megabytes']:.0f} MB",
        ),
        *_by_runtime(
            "installed packages",
            start,
            lambda f: f"{f['install_megabytes']:.0f} MB more than Python alone",
        ),
    ]
    machine = latency["environment"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    wrong = folds["report"]["wrong"]
    mistakes = "; ".join(
        f"`{w['label']}` as `{w['reading']}` ({w['confidence']:.0%})" for w in wrong
    )
    return "\n".join(
        [
            *table_of(rows),
            "",
            f"Times on {machine['processor']}; Python {machine['python']}, {versions}.",
            "",
            f"The {len(wrong)} wrong readings of the cross-validation, with their confidence: "
            f"{mistakes}.",
            "",
        ]
    )


def render_recipes() -> str:
    """Return the comparison of the recipes."""
    found = load_result("recipes")
    lines = [
        "| recipe | parameters | model | epochs, training time | best after | validation CER "
        "| texts correct | reading |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, facts in found["recipes"].items():
        report = facts["report"]
        cells = [
            name,
            f"{facts['parameters']:,}",
            f"{facts['bytes'] / 1e6:.1f} MB",
            f"{facts['epochs']}, {facts['seconds']:.0f} s",
            f"{facts['seconds_to_best']:.0f} s",
            f"{report['cer']:.2%}",
            f"{report['correct']} of {report['images']} ({report['word_accuracy']:.1%})",
            f"{facts['ms_per_image']:.2f} ms per image",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    where = machines({"title": name, **facts} for name, facts in found["recipes"].items())
    lines += [
        "",
        f"`{found['command']}` on {where}: trained on the 819 images of the train split of "
        "captcha_images_v2, without synthetic images, one recipe after another, each by its own "
        f"schedule and for at most {found['minutes']} minutes. Measured on the 98 images of the "
        "validation split, two of which have wrong labels. The last column is the median time per "
        f"image in a batch of {found['batch']}, measured in turns.",
    ]
    return "\n".join(lines) + "\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "summary": render_summary,
    "figures": render_figures,
    "peers": lambda: render_peers(RESULTS),
    "general": lambda: render_general(RESULTS),
    "few": lambda: render_few(RESULTS),
    "recipes": render_recipes,
    "trust": render_trust,
    "constraints": render_constraints,
    "load": render_load,
    "strength": lambda: render_strength(RESULTS),
}


def rendered(text: str) -> str:
    """Return a page's text with the blocks between its markers rendered again."""
    for name, render in BLOCKS.items():
        begin, end = BEGIN.format(name), END.format(name)
        if begin in text:
            before, _, rest = text.partition(begin)
            _, _, after = rest.partition(end)
            text = f"{before}{begin}\n{render()}\n{end}{after}"
    return text


def _by_runtime(
    what: str, source: dict[str, Any], metric: Callable[[dict[str, Any]], str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Return one row for each runtime."""
    titles = {"onnx": "ONNX Runtime", "keras": "Keras"}
    found = source["runtimes"]
    return [(f"{what}, {title}", metric(found[name]), source) for name, title in titles.items()]


def _ways(found: dict[str, Any]) -> str:
    """Return ddddocr's accuracy by a search restricted to the characters, and by its own option."""
    own = max(
        way["accuracy"]["all"]["correct"] for way in found["ways"] if "search" not in way["way"]
    )
    best = best_way(found)["all"]
    return (
        f"{best['correct']} of {best['images']} ({best['word_accuracy']:.1%}) by a search that is "
        f"restricted to the data set's characters, {own} ({own / best['images']:.1%}) by its own "
        "`set_ranges`"
    )


def _accuracy(report: dict[str, Any]) -> str:
    low, high = report["word_accuracy_95"]
    return (
        f"{report['correct']} of {report['images']} texts correct ({report['word_accuracy']:.2%}; "
        f"95% interval {low:.1%} to {high:.1%}), CER {report['cer']:.2%}"
    )


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(rendered(page.read_text()))
        print(f"rendered {page.relative_to(ROOT)}")
