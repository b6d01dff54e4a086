"""A load test of a running `app.py`: rates, rejections, lost requests, leaks and SIGTERM.

python benchmarks/load/run.py

Every response is checked against the text that the model read beforehand. locust runs on the same
machine, so a server alone would be faster. On two cores the test takes about nine minutes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from common import write_result  # noqa: E402
from images import write_images  # noqa: E402
from server import App  # noqa: E402

STEPS = (1, 2, 4, 8, 16, 32)
# The server's settings; the last are the defaults.
MODES: dict[str, dict[str, str]] = {"single": {"CAPTCHA_BATCH_SIZE": "1"}, "batched": {}}
MAX_P99_MS = 250
REJECTED = ("SERVER_BUSY", "SERVER_STOPPING", "RATE_LIMITED")


class Locust:
    """One run of locust against the app, limited in requests and in time."""

    def __init__(
        self,
        app: App,
        folder: Path,
        users: int,
        requests: int,
        seconds: int,
        invalid_share: float = 0.0,
    ) -> None:
        self._out = folder / "outcomes.json"
        self._out.unlink(missing_ok=True)
        variables = {
            "LOAD_FOLDER": str(folder),
            "LOAD_OUT": str(self._out),
            "LOAD_MAX_REQUESTS": str(requests),
            "LOAD_INVALID_SHARE": str(invalid_share),
        }
        options = f"--host {app.url} --headless --only-summary --loglevel ERROR"
        options += " --exit-code-on-error 0 --stop-timeout 30"
        options += f" --users {users} --spawn-rate {users} --run-time {seconds}s"
        self._seconds = seconds
        self._process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", str(HERE / "users.py"), *options.split()],
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def outcomes(self) -> list[tuple[float, float, str]]:
        """Wait until it ends; return begin, duration in seconds and outcome of every request."""
        try:
            self._process.wait(self._seconds + 60)
        finally:
            self._process.kill()
        records = json.loads(self._out.read_text())
        return [(begin, seconds, outcome) for begin, seconds, outcome in records]


def summary(outcomes: list[tuple[float, float, str]]) -> dict[str, Any]:
    """Return the rate and the times of correct responses, and the counts of all outcomes."""
    counts = Counter(outcome for _, _, outcome in outcomes)
    times = sorted(1000 * seconds for _, seconds, outcome in outcomes if outcome == "correct")
    begin, end = min(b for b, _, _ in outcomes), max(b + s for b, s, _ in outcomes)
    percentiles = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else []
    return {
        "requests": len(outcomes),
        "correct_per_second": round(counts["correct"] / (end - begin), 1),
        "p50_ms": round(percentiles[49], 1) if percentiles else None,
        "p99_ms": round(percentiles[98], 1) if percentiles else None,
        "max_ms": round(times[-1], 1) if times else None,
        "correct": counts["correct"],
        "wrong": counts["wrong"],
        "lost": counts["lost"],
        "rejected": {code: counts[code] for code in REJECTED if counts[code]},
    }


def show(name: str, result: dict[str, Any]) -> None:
    """Print a result of `summary` in one line."""
    print(
        f"{name:>24}  {result['correct_per_second']:7.1f}/s  p50 {result['p50_ms']} ms  "
        f"p99 {result['p99_ms']} ms  max {result['max_ms']} ms  of {result['requests']}: "
        f"{result['wrong']} wrong, {result['lost']} lost, rejected {result['rejected'] or 0}",
        flush=True,
    )


def run_steps(app: App, folder: Path, steps: tuple[int, ...], seconds: int) -> list[dict[str, Any]]:
    """Measure several numbers of concurrent users, each for the same time."""
    rows = []
    for users in steps:
        result = summary(Locust(app, folder, users, 100_000, seconds).outcomes())
        rows.append({"users": users, **result})
        show(f"{users} users", result)
    return rows


def best_of(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row with the highest rate among those without errors and with a p99 in limits."""
    valid = [
        row for row in rows if row["requests"] == row["correct"] > 1 and row["p99_ms"] < MAX_P99_MS
    ]
    return max(valid, key=lambda row: row["correct_per_second"], default=None)


def run_soak(app: App, folder: Path, requests: int) -> dict[str, Any]:
    """Send many requests, a tenth of them invalid, and measure whether the server leaks."""
    begin = time.time()
    locust = Locust(app, folder, 8, requests, 600, invalid_share=0.1)
    samples: list[tuple[float, dict[str, Any]]] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.5):
            samples.append((time.time(), app.resources()))

    sampler = threading.Thread(target=sample)
    sampler.start()
    outcomes = locust.outcomes()
    done.set()
    sampler.join()
    ends = sorted(b + s for b, s, _ in outcomes)
    by_count = [(sum(end <= when for end in ends), row) for when, row in samples if when > begin]
    # The first third is a warm-up.
    late = [(n, row) for n, row in by_count if n >= len(outcomes) / 3]
    growth = {}
    names = ("memory_mb", "open_files", "threads", "temporary_files")
    for name in names if len({n for n, _ in late}) > 1 else ():
        slope, _ = statistics.linear_regression(
            [n for n, _ in late], [row[name] for _, row in late]
        )
        growth[name] = round(10_000 * slope, 2)
    result, final = summary(outcomes), app.resources()
    show("soak, a tenth invalid", result)
    print(f"{'per 10,000 requests':>24}  {growth}  at the end {final}", flush=True)
    return {**result, "growth_per_10000_requests": growth, "final_resources": final}


def run_sigterm(app: App, folder: Path, users: int = 16) -> dict[str, Any]:
    """Send SIGTERM under load and return the outcomes of the requests in flight."""
    locust = Locust(app, folder, users, 100_000, 12)
    deadline = time.monotonic() + 60
    while app.requests_in_flight() < users // 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    when = app.terminate()
    code = app.wait()
    elapsed = time.time() - when
    outcomes = locust.outcomes()
    in_flight = [outcome for begin, seconds, outcome in outcomes if begin <= when < begin + seconds]
    result = {
        "in_flight": len(in_flight),
        "outcomes": dict(Counter(in_flight)),
        "sent_later": dict(Counter(outcome for begin, _, outcome in outcomes if begin > when)),
        "exit_code": code,
        "seconds": round(elapsed, 2),
    }
    print(f"{'SIGTERM':>24}  {result}", flush=True)
    return result


def main() -> None:
    """Run all tests, print the results and write `results/load.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--users", default=STEPS, type=_numbers, help="concurrent users (1,2,4,8,16,32)"
    )
    parser.add_argument("--seconds", type=int, default=20, help="seconds per number of users (20)")
    parser.add_argument(
        "--soak", type=int, default=15_000, help="requests of the soak test (15000)"
    )
    parser.add_argument("--burst", type=int, default=200, help="users of the burst test (200)")
    parser.add_argument("--no-result", action="store_true", help="write no result file")
    options = parser.parse_args()
    document: dict[str, Any] = {"steps": {}, "best": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder)
        for mode, variables in MODES.items():
            with App(folder, **variables) as app:
                print(f"{mode}:")
                Locust(app, folder, 4, min(500, options.soak), 60).outcomes()  # A warm-up.
                rows = run_steps(app, folder, options.users, options.seconds)
                document["steps"][mode] = rows
                document["best"][mode] = best_of(rows)
                if not variables:
                    burst = Locust(app, folder, options.burst, 10 * options.burst, 60).outcomes()
                    document["burst"] = {"users": options.burst, **summary(burst)}
                    show(f"burst of {options.burst} users", document["burst"])
                    document["soak"] = run_soak(app, folder, options.soak)
                    document["sigterm"] = run_sigterm(app, folder)
    for mode, best in document["best"].items():
        if best:
            print(
                f"highest rate with p99 under {MAX_P99_MS} ms and no error, {mode}: "
                f"{best['correct_per_second']}/s with {best['users']} users"
            )
    if not options.no_result:
        print(f"wrote {write_result('load', 'python benchmarks/load/run.py', document)}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


if __name__ == "__main__":
    main()
