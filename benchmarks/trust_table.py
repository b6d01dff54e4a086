"""The table of calibration results, from the result files of `trust.py` and `audit.py`."""

from common import load_result, table_of


def render() -> str:
    """Return the table as Markdown."""
    found, labels = load_result("trust"), load_result("audit")
    every, plain, taken = found["all"], found["temperature 1"], found["accepted"]
    low, high = taken["precision_95"]
    ood, altered, known = found["out_of_distribution"], found["altered"], labels["ranks"]
    names = [name.removesuffix(".png") for name in known]
    ranks = ", ".join(f"`{name}` {rank}" for name, rank in zip(names, known.values(), strict=True))
    rows = [
        (
            f"{every['images']:,} readings, clean and degraded, that are right",
            f"{every['accuracy']:.2%}",
            found,
        ),
        (
            "expected calibration error, 15 bins",
            f"{every['ece']:.2%} ({plain['ece']:.2%} without the temperature)",
            found,
        ),
        ("Brier score", f"{every['brier']:.4f}", found),
        (
            "AUROC: a right reading is more confident than a wrong one",
            f"{every['auroc']:.4f}; by "
            + ", ".join(f"{n}'s rule {a:.4f}" for n, a in found["rules_of_thumb_auroc"].items()),
            found,
        ),
        *(
            (
                f"the most confident readings of which {point['precision']:.1%} are right",
                f"{point['coverage']:.1%} of all",
                found,
            )
            for point in every["points"]
        ),
        (
            "right among those accepted by default",
            f"{taken['right']:,} of {taken['accepted']:,} readings of {taken['images']} images "
            f"({taken['right'] / taken['accepted']:.2%}; 95 % interval, clustered by image, "
            f"{low:.2%} to {high:.2%})",
            found,
        ),
        (
            "out-of-distribution images that the bundled model accepts",
            f"{ood['accepted']} of {ood['images']:,} (by confidence alone "
            f"{ood['accepted_by_confidence_alone']})",
            found,
        ),
        (
            "altered images that models accept which were trained on others",
            f"of {altered['images']} each: "
            + ", ".join(
                f"{kind} {count}" for kind, count in altered["accepted"].items() if kind != "clean"
            ),
            found,
        ),
        ("label audit: the ranks of the four labels known to be wrong", ranks, labels),
    ]
    return "\n".join(table_of(rows)) + "\n"
