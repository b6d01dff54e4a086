"""The table of the load test for the documentation, from its result file."""

from common import load_result


def render() -> str:
    """Return the tables, each followed by a sentence on how it was measured."""
    document = load_result("load")
    burst, soak, sigterm = document["burst"], document["soak"], document["sigterm"]
    growth = soak["growth_per_10000_requests"]
    single, batched = document["best"]["single"], document["best"]["batched"]
    rejected = sum(burst["rejected"].values())
    rows = [
        (
            "highest rate without errors and with a 99th percentile under 250 ms",
            f"{batched['correct_per_second']:.0f} readings per second with {batched['users']} "
            f"concurrent users (median {batched['p50_ms']:.0f} ms, 99th percentile "
            f"{batched['p99_ms']:.0f} ms); {single['correct_per_second']:.0f} without batching",
        ),
        (
            f"{burst['users']} concurrent users, {burst['requests']:,} requests",
            f"{burst['correct']:,} read, {rejected:,} rejected because the server was busy, "
            f"{burst['wrong']} wrong, {burst['lost']} without a response",
        ),
        (
            f"{soak['requests']:,} requests, a tenth of them with invalid images",
            f"{soak['correct']:,} correct responses; for every further 10,000 requests "
            f"{growth['memory_mb']:+.2f} MB of memory, {growth['open_files']:+.1f} open files, "
            f"{growth['threads']:+.1f} threads, {growth['temporary_files']:+.1f} temporary files",
        ),
        (
            "SIGTERM under load",
            f"{sigterm['outcomes'].get('correct', 0)} of {sigterm['in_flight']} requests in flight "
            f"answered correctly, exit code {sigterm['exit_code']} after "
            f"{sigterm['seconds']:.1f} s",
        ),
    ]
    machine = document["environment"]
    lines = ["| load | result |", "|---|---|"]
    lines += [f"| {load} | {result} |" for load, result in rows]
    lines += [
        "",
        f"`{document['command']}` on {machine['cores']} cores ({machine['processor']}), "
        f"{machine['date']}, which also generate the load; every response is compared with the "
        "text that the model itself reads.",
    ]
    return "\n".join(lines) + "\n\n" + _memory()


def _memory() -> str:
    """Return the table of the memory under calls of Gradio's API, and how it was measured."""
    document = load_result("load_gradio")
    lines = [
        "| images sent to Gradio's API | memory before | after a warm-up | after as many again |",
        "|---|---|---|---|",
    ]
    for row in document["rows"]:
        assert row["wrong"] == 0
        lines.append(
            f"| {row['requests']} {row['way']}, {row['image']} | {row['start_mb']} MB "
            f"| {row['after_warm_up_mb']} MB | {row['after_mb']} MB |"
        )
    machine = document["environment"]
    lines += [
        "",
        f"`{document['command']}`, {machine['date']}, in the order of the rows with one server; "
        "every reading is compared with that of the model itself.",
    ]
    return "\n".join(lines) + "\n"
