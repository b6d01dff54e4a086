"""The README's table of how far confidences can be trusted, from its files of results."""

from common import load_result, table_of


def render() -> str:
    """Return the README's figures of how far confidences can be trusted."""
    found, labels = load_result("trust"), load_result("audit")
    every, plain, taken = found["all"], found["temperature 1"], found["accepted"]
    low, high = taken["precision_95"]
    strangers, known = found["strangers"], labels["ranks"]
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
                f"the surest readings of which {point['precision']:.1%} are right",
                f"{point['coverage']:.1%} of all",
                found,
            )
            for point in every["points"]
        ),
        (
            "right among those accepted by default",
            f"{taken['right']:,} of {taken['accepted']:,} "
            f"({taken['right'] / taken['accepted']:.2%}; 95 % interval {low:.2%} to {high:.2%})",
            found,
        ),
        (
            "images that are no captchas, accepted by the bundled model",
            f"{strangers['accepted']} of {strangers['images']:,} (by the confidence alone "
            f"{strangers['accepted_by_confidence_alone']})",
            found,
        ),
        ("label audit: the ranks of the four labels known to be wrong", ranks, labels),
    ]
    return "\n".join(table_of(rows)) + "\n"
