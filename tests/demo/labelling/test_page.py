"""The page of `captcha-model label`, in a browser and over HTTP."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from captcha_model.data.sources import find_samples
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import free_port
from tests.demo.test_page_accessible import findings

pytestmark = pytest.mark.slow


class LabelPage:
    """A running `captcha-model label`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "captcha_model", "label", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--propose", "captcha-images-v2"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ,
        )
        line = self.process.stdout.readline()
        assert line == f"Ready. Open {self.url}\n", line + self.process.stdout.read()
        deadline = time.monotonic() + 60
        while True:
            try:
                assert self.ask("/label/state")[0] == 200
                return
            except urllib.error.URLError:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def end(self, number: signal.Signals) -> str:
        self.process.send_signal(number)
        with self.process:
            return self.process.stdout.read()

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, dict]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, {"body": error.read().decode()}

    @property
    def labels(self) -> dict[str, str]:
        return {s.name: s.label for s in find_samples(str(self.folder / "labels.jsonl"))}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("to label") / "images"
    folder.mkdir()
    for path in EXAMPLES.glob("*.png"):
        shutil.copy(path, folder)
    (folder / "broken.png").write_text("no image")
    page = LabelPage(folder)
    yield page
    page.end(signal.SIGKILL)


@pytest.fixture
def label_page(browser, served):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(served.url)
    page.wait_for_selector("captcha-labeller img:not([hidden])")
    yield page
    context.close()
    assert page.problems == []


def shown(page) -> str:
    return page.inner_text("[data-name]")


def next_image(page, after: str) -> str:
    page.wait_for_function(
        "last => document.querySelector('[data-name]').textContent !== last", arg=after
    )
    return shown(page)


def press(page, *keys: str) -> str:
    before = shown(page)
    for key in keys:
        page.keyboard.press(key)
    return next_image(page, before)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "save", "image": "1.png", "text": "\ud800"}, "text"),
        ({"action": "save", "image": "\udc00", "text": "a"}, "image"),
        ({"action": "burn"}, "action"),
    ],
)
def test_a_request_that_is_not_valid_is_told(served, body, field):
    status, answer = served.ask("/label/answer", body)
    assert status == 422
    assert json.loads(answer["body"]) == {
        "message": f"The request is not valid: {field!r} cannot be taken."
    }


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_keyboard_alone_labels(label_page, served, model):
    page = label_page
    first = shown(page)
    reading = model.predict(str(served.folder / first))
    assert page.input_value("#lb-text") == reading.text
    page.keyboard.press("ArrowDown")
    assert page.input_value("#lb-text") != reading.text
    page.keyboard.press("Escape")
    second = press(page, "Enter")
    assert served.labels == {first: reading.text}
    # What is typed replaces the proposal, which is selected.
    third = press(page, *"abcd", "Enter")
    assert served.labels[second] == "abcd"
    press(page, "PageDown")
    page.keyboard.press("PageUp")
    page.wait_for_function(
        "name => document.querySelector('[data-name]').textContent === name", arg=second
    )
    assert page.input_value("#lb-text") == "abcd"
    assert second not in served.labels
    assert press(page, "Alt+x") != second
    assert "1 cannot be read" in page.inner_text("[data-counts]")
    assert "1 file is no image that can be opened (broken.png)" in page.inner_text("[data-counts]")
    assert third


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_labels_are_checked_and_corrected(label_page, served):
    page = label_page
    name, label = next(iter(served.labels.items()))
    page.keyboard.press("Alt+g")
    page.click(f"text={label}")
    assert (shown(page), page.input_value("#lb-text")) == (name, label)
    for key in ("x", "y", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(".lb-grid >> text=xy")
    assert served.labels[name] == "xy"
    page.keyboard.press("Alt+g")
    assert page.is_visible("#lb-text")


def test_what_is_refused_is_said_and_nothing_is_lost(label_page, served):
    page = label_page
    page.fill("#lb-text", "y" * 100)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('[data-problem]').textContent.includes('steps')")
    assert page.input_value("#lb-text") == "y" * 100
    page.click("text=Train the model now")
    page.wait_for_function(
        "document.querySelector('[data-problem]').textContent.includes('2 different labels')"
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_kill_9_loses_nothing_and_the_page_goes_on(label_page, served):
    page, before = label_page, served.labels
    name = shown(page)
    served.end(signal.SIGKILL)
    page.fill("#lb-text", "2b2")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('[data-problem]').textContent.includes('cannot be reached')"
    )
    assert page.input_value("#lb-text") == "2b2"
    served.start()
    assert served.labels == before
    page.keyboard.press("Enter")
    next_image(page, name)
    assert served.labels == {**before, name: "2b2"}
    page.problems.clear()  # The browser told that the server was gone.


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "captcha_model", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_two_pages_on_one_folder(served):
    done = run("label", str(served.folder), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Another labelling page is using" in done.stderr


def test_a_port_that_is_taken(served, tmp_path):
    shutil.copy(EXAMPLES / "1.png", tmp_path)
    done = run("label", str(tmp_path), "--port", str(served.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Port {served.port} of 127.0.0.1 is in use" in done.stderr


def test_only_this_machine_and_this_page_may_answer(served):
    answer = {"action": "undo"}
    before = served.ask("/label/state")[1]["labels"]
    assert served.ask("/label/answer", answer, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert served.ask("/label/answer", answer, Origin="http://example.org")[0] == 403
    assert served.ask("/label/state", Host="example.org")[0] == 400
    assert served.ask("/label/answer", {"action": "save", "text": "a" * 20_000})[0] == 413
    assert served.ask("/label/answer", {"action": "delete"})[0] == 422
    for path in (
        "/label/image?name=labels.jsonl",
        "/label/image?name=../x.png",
        "/gradio_api/upload",
        "/docs",
    ):
        assert served.ask(path)[0] == 404, path
    assert served.ask("/label/answer", {"action": "save", "image": "../1.png", "text": "a"})[1][
        "refused"
    ]
    assert served.ask("/label/state")[1]["labels"] == before


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_has_a_serious_finding(browser, served, scheme, width):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(served.url)
    page.wait_for_selector("captcha-labeller img:not([hidden])")
    found = {"label": findings(page)}
    page.fill("#lb-text", "")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-problem]:not([hidden])")
    found["problem"] = findings(page)
    page.keyboard.press("Alt+g")
    page.wait_for_selector(".lb-grid li")
    found["grid"] = findings(page)
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert {state: each for state, each in found.items() if each} == {}
    assert fits


def test_the_end_says_where_the_labels_are(served):
    output = served.end(signal.SIGTERM)
    assert served.process.returncode == 0
    assert f"labels are in {served.folder / 'labels.jsonl'}." in output
    assert "Traceback" not in output
    served.start()
