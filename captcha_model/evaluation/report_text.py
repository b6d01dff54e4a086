"""An evaluation report as text for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captcha_model.evaluation.report import EvaluationReport, LabelledReading


def to_text(
    report: "EvaluationReport",
    max_confusions: int,
    *,
    per_image: bool,
    max_wrong: int | None,
    where: str,
) -> str:
    """Return a report as text; the arguments are those of `EvaluationReport.to_text`."""
    low, high = report.interval
    lines = [*_table(report.readings), ""] if per_image else []
    lines += [
        f"images           {report.images}",
        *([f"compared         {report.case_name}"] if report.case_name else []),
        *([f"read with        {report.options_text}"] if report.options else []),
        f"word accuracy    {report.word_accuracy:.2%}  ({report.correct} correct; "
        f"95% interval {low:.2%} to {high:.2%})",
        f"word error rate  {report.word_error_rate:.2%}",
        f"CER              {report.cer:.3%}",
        report.reliability.to_text(),
        "",
        "accuracy per character",
    ]
    cells = [f"{c.character} {c.correct / c.total:7.2%} of {c.total:<5}" for c in report.characters]
    lines += ["  " + "  ".join(cells[i : i + 4]).rstrip() for i in range(0, len(cells), 4)]
    if report.confusions:
        lines += ["", "most frequent confusions (expected -> read)"]
        lines += [
            f"  {c.expected or 'nothing'} -> {c.read or 'nothing'}  {c.count}"
            for c in report.confusions[:max_confusions]
        ]
    if report.wrong:
        lines += ["", "wrong readings", *_listed(report.wrong, max_wrong, where)]
    return "\n".join(lines)


def _listed(wrong: Sequence["LabelledReading"], most: int | None, where: str) -> list[str]:
    """Return a line for each wrong reading; of too many those in the middle are left out."""
    lines = [
        f"  {w.name}: {w.label} read as {w.reading or 'nothing'} (confidence {w.confidence:.1%})"
        for w in wrong
    ]
    if most is None or len(lines) <= most:
        return lines
    left_out = f"  ... {len(lines) - most} more{', ' if where else ''}{where} ..."
    return [*lines[: most - most // 2], left_out, *lines[len(lines) - most // 2 :]]


def _table(readings: Sequence["LabelledReading"]) -> list[str]:
    """Return a header and a line for every reading, in aligned columns."""
    rows = [("image", "label", "reading", "confidence")]
    rows += [(r.name, r.label, r.reading or "nothing", f"{r.confidence:.1%}") for r in readings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    marks = ["", *("" if r.right else "wrong" for r in readings)]
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=True)), mark]).rstrip()
        for row, mark in zip(rows, marks, strict=True)
    ]
