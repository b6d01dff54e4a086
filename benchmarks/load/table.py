"""The load's table for the README, from its file of results."""

from common import load_result


def render() -> str:
    """Return the table with the sentence that says how it came about."""
    found = load_result("load")
    burst, soak, end = found["burst"], found["soak"], found["end"]
    growth = soak["per_10000_after_a_third"]
    singly, together = found["highest"]["one by one"], found["highest"]["together"]
    refused = sum(burst["refused"].values())
    rows = [
        (
            "the highest rate without an error and with a 99th percentile under 250 ms",
            f"{together['right_per_second']:.0f} readings a second by {together['users']} users at "
            f"once ({together['p50_ms']:.0f} ms, 99th percentile {together['p99_ms']:.0f} ms); "
            f"{singly['right_per_second']:.0f} if waiting images are read one by one",
        ),
        (
            f"{burst['users']} users at once, {burst['requests']:,} requests",
            f"{burst['right']:,} read, {refused:,} told that the server is busy, "
            f"{burst['wrong']} wrong, {burst['lost']} without an answer",
        ),
        (
            f"{soak['requests']:,} requests, a tenth of them with bad images",
            f"{soak['right']:,} answered as they should be; for each further 10,000 requests "
            f"{growth['memory_mb']:+.2f} MB of memory, {growth['open_files']:+.1f} open files, "
            f"{growth['threads']:+.1f} threads, {growth['temporary_files']:+.1f} temporary files",
        ),
        (
            "SIGTERM under load",
            f"{end['of_them'].get('right', 0)} of {end['under_way']} requests under way read, "
            f"exit code {end['exit_code']} after {end['seconds']:.1f} s",
        ),
    ]
    machine = found["environment"]
    lines = ["| load | what came of it |", "|---|---|"]
    lines += [f"| {what} | {result} |" for what, result in rows]
    lines += [
        "",
        f"`{found['command']}` on {machine['cores']} cores ({machine['processor']}), "
        f"{machine['date']}, which also make the load; every answer is compared with the text "
        "that the model reads by itself.",
    ]
    return "\n".join(lines) + "\n"
