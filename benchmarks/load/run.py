"""Load on a running `app.py`: how much it answers, what it refuses, what it loses, what it keeps.

python benchmarks/load/run.py

Every answer is checked against the text that the model gave beforehand. locust runs on the same
machine and takes its share of the processor, so a server alone would do more. On two cores all of
it takes about nine minutes.
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
# How images that wait are read, with the settings of the server: the last is the default.
WAYS: dict[str, dict[str, str]] = {"one by one": {"CAPTCHA_BATCH_SIZE": "1"}, "together": {}}
P99_MS = 250
REFUSED = ("SERVER_BUSY", "SERVER_STOPPING", "RATE_LIMITED")


class Locust:
    """One run of locust against the app, bounded in requests and in time."""

    def __init__(
        self, app: App, folder: Path, users: int, requests: int, seconds: int, bad: float = 0.0
    ) -> None:
        self._out = folder / "outcomes.json"
        self._out.unlink(missing_ok=True)
        variables = {
            "LOAD_FOLDER": str(folder),
            "LOAD_OUT": str(self._out),
            "LOAD_MOST": str(requests),
            "LOAD_BAD": str(bad),
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
        """Wait for its end and return when each request began, its seconds and its outcome."""
        try:
            self._process.wait(self._seconds + 60)
        finally:
            self._process.kill()
        return [
            (begin, seconds, what) for begin, seconds, what in json.loads(self._out.read_text())
        ]


def summary(outcomes: list[tuple[float, float, str]]) -> dict[str, Any]:
    """Return the rate of right answers, their times, and what became of the others."""
    counts = Counter(what for _, _, what in outcomes)
    times = sorted(1000 * seconds for _, seconds, what in outcomes if what == "right")
    begin, end = min(b for b, _, _ in outcomes), max(b + s for b, s, _ in outcomes)
    hundredths = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else []
    return {
        "requests": len(outcomes),
        "right_per_second": round(counts["right"] / (end - begin), 1),
        "p50_ms": round(hundredths[49], 1) if hundredths else None,
        "p99_ms": round(hundredths[98], 1) if hundredths else None,
        "longest_ms": round(times[-1], 1) if times else None,
        "right": counts["right"],
        "wrong": counts["wrong"],
        "lost": counts["lost"],
        "refused": {code: counts[code] for code in REFUSED if counts[code]},
    }


def show(name: str, found: dict[str, Any]) -> None:
    """Print a line."""
    print(
        f"{name:>24}  {found['right_per_second']:7.1f}/s  p50 {found['p50_ms']} ms  "
        f"p99 {found['p99_ms']} ms  longest {found['longest_ms']} ms  of {found['requests']}: "
        f"{found['wrong']} wrong, {found['lost']} lost, refused {found['refused'] or 0}",
        flush=True,
    )


def run_steps(app: App, folder: Path, steps: tuple[int, ...], seconds: int) -> list[dict[str, Any]]:
    """Measure several numbers of users, each as long."""
    rows = []
    for users in steps:
        found = summary(Locust(app, folder, users, 100_000, seconds).outcomes())
        rows.append({"users": users, **found})
        show(f"{users} users", found)
    return rows


def highest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row with the highest rate of those in time and without any error."""
    good = [row for row in rows if row["requests"] == row["right"] > 1 and row["p99_ms"] < P99_MS]
    return max(good, key=lambda row: row["right_per_second"], default=None)


def run_soak(app: App, folder: Path, requests: int) -> dict[str, Any]:
    """Send many requests, a tenth of them bad, and look at what the server keeps of them."""
    begin = time.time()
    locust = Locust(app, folder, 8, requests, 600, bad=0.1)
    looks: list[tuple[float, dict[str, Any]]] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            looks.append((time.time(), app.look()))

    watching = threading.Thread(target=look)
    watching.start()
    outcomes = locust.outcomes()
    over.set()
    watching.join()
    ends = sorted(b + s for b, s, _ in outcomes)
    done = [(sum(end <= when for end in ends), facts) for when, facts in looks if when > begin]
    third = len(outcomes) / 3
    late = [(n, facts) for n, facts in done if n >= third]
    slopes = {}
    names = ("memory_mb", "open_files", "threads", "temporary_files")
    for name in names if len({n for n, _ in late}) > 1 else ():
        slope, _ = statistics.linear_regression([n for n, _ in late], [f[name] for _, f in late])
        slopes[name] = round(10_000 * slope, 2)
    found, end = summary(outcomes), app.look()
    show("soak, a tenth bad", found)
    print(f"{'per 10,000 requests':>24}  {slopes}  at the end {end}", flush=True)
    return {**found, "per_10000_after_a_third": slopes, "at_the_end": end}


def run_end(app: App, folder: Path, users: int = 16) -> dict[str, Any]:
    """Send SIGTERM under load, and see what became of what was under way."""
    locust = Locust(app, folder, users, 100_000, 12)
    deadline = time.monotonic() + 60
    while app.open_requests() < users // 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    when = app.terminate()
    code = app.wait()
    took = time.time() - when
    outcomes = locust.outcomes()
    under_way = [what for begin, seconds, what in outcomes if begin <= when < begin + seconds]
    later = Counter(what for begin, _, what in outcomes if begin > when)
    found = {
        "under_way": len(under_way),
        "of_them": dict(Counter(under_way)),
        "begun_later": dict(later),
        "exit_code": code,
        "seconds": round(took, 2),
    }
    print(f"{'SIGTERM':>24}  {found}", flush=True)
    return found


def main() -> None:
    """Run all of it, print it and write `results/load.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", default=STEPS, type=_numbers, help="the steps (1,2,4,8,16,32)")
    parser.add_argument("--seconds", type=int, default=20, help="for each step (20)")
    parser.add_argument("--soak", type=int, default=15_000, help="how many requests (15000)")
    parser.add_argument("--burst", type=int, default=200, help="how many users at once (200)")
    parser.add_argument("--no-result", action="store_true", help="write no file")
    options = parser.parse_args()
    document: dict[str, Any] = {"steps": {}, "highest": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder)
        for way, variables in WAYS.items():
            with App(folder, **variables) as app:
                print(f"{way}:")
                Locust(app, folder, 4, min(500, options.soak), 60).outcomes()  # A warm-up.
                rows = run_steps(app, folder, options.users, options.seconds)
                document["steps"][way] = rows
                document["highest"][way] = highest(rows)
                if not variables:
                    burst = Locust(app, folder, options.burst, 10 * options.burst, 60).outcomes()
                    document["burst"] = {"users": options.burst, **summary(burst)}
                    show(f"burst of {options.burst} users", document["burst"])
                    document["soak"] = run_soak(app, folder, options.soak)
                    document["end"] = run_end(app, folder)
    for way, best in document["highest"].items():
        if best:
            print(
                f"highest rate with p99 under {P99_MS} ms and no error, {way}: "
                f"{best['right_per_second']}/s at {best['users']} users"
            )
    if not options.no_result:
        print(f"wrote {write_result('load', 'python benchmarks/load/run.py', document)}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


if __name__ == "__main__":
    main()
