"""The table of true and false constraints, from the result file of `constraints.py`."""

from common import load_result

TITLES = {"true": "true constraints", "false": "false constraints, under which every text is wrong"}


def render() -> str:
    """Return the table as Markdown."""
    found = load_result("constraints")
    lines = [
        "| constraint | images | accepted | wrong among them | accepted, wrong with the constraint "
        "trusted | its probability: 1 %, median, 99 % |",
        "|---|---|---|---|---|---|",
    ]
    for kind, title in TITLES.items():
        lines.append(f"| **{title}** | | | | | |")
        for name, row in found[kind].items():
            quantiles = ", ".join(f"{p:.2g}" for p in row["probability_quantiles"].values())
            cells = [
                name,
                f"{row['images']:,}",
                f"{row['accepted']} ({row['accepted'] / row['images']:.1%})",
                str(row["wrong"]),
                f"{row['accepted_without_threshold']}, {row['wrong_without_threshold']}",
                "refused with an error" if row["errors"] else quantiles,
            ]
            lines.append(f"| {' | '.join(cells)} |")
    machine = found["environment"]
    lines += [
        "",
        f"`{found['command']}`, {machine['date']}: synthetic captchas of five characters, read by "
        f"the bundled model with its threshold for constraints, {found['threshold']:g}.",
    ]
    return "\n".join(lines) + "\n"
