"""The wheel alone in an empty virtual environment: a reader, then a page, then a training.

And the source archive in another one, where nothing can be compiled.
"""

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from captcha_model.data.synthetic.dataset import write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.hub import BUNDLED
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import free_port
from tests.environments import empty_environment

pytestmark = pytest.mark.environment

EXAMPLE = str(EXAMPLES / "1.png")
MAX_INSTALL_BYTES = 250e6
MAX_PAGE_BYTES = 550e6
NOT_SERVED = {"demo/screenshot.png", "demo/walkthrough.ipynb"}
SAVE = """
from captcha_model import CaptchaModel
CaptchaModel.from_pretrained().save_pretrained("copy")
"""

Run = Callable[..., str]


@pytest.fixture(scope="module")
def built(checkout, tmp_path_factory) -> Path:
    """Build as a release is built: the wheel from the source archive, both from what git keeps."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(checkout)],
        capture_output=True,
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("environment")


@pytest.fixture(scope="module")
def run(environment, tmp_path_factory) -> Run:
    return runner(empty_environment(environment), tmp_path_factory.mktemp("elsewhere"))


def runner(variables: dict[str, str], elsewhere: Path) -> Run:
    """Run commands of an environment in a folder far from the checkout; return what they print."""

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=elsewhere, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def size_of(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink())


def test_it_holds_our_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"captcha_model"}
    inside = {n.removeprefix("captcha_model/") for n in names if n.startswith("captcha_model/")}
    kept = subprocess.run(
        ["git", "ls-files", "captcha_model", "demo", "hub_card"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    kept = [name for name in kept if name not in NOT_SERVED]
    core = {name for name in inside if name.startswith("_native.")}
    assert len(core) == 1  # One for all versions of Python.
    assert wheel.name.split("-")[2:4] == ["cp311", "abi3"]
    assert inside - core == {name.removeprefix("captcha_model/") for name in kept}
    assert {"demo/examples/1.png", "demo/ui/style.css"} <= inside
    assert wheel.stat().st_size < 14 * 2**20  # Two bundled models, and the page.


def test_with_its_own_needs_alone_it_reads(wheel, run, environment, checkout):
    bare = size_of(environment)
    run("python", "-m", "pip", "install", "-q", str(wheel))
    assert size_of(environment) - bare < MAX_INSTALL_BYTES
    installed = {p["name"] for p in json.loads(run("python", "-m", "pip", "list", "--format=json"))}
    assert "onnxruntime" in installed
    assert not installed & {"tensorflow", "keras", "onnx", "gradio", "matplotlib"}

    assert run("captcha-model", "--version").endswith(", with the compiled core\n")
    (reading,) = json.loads(run("captcha-model", "predict", EXAMPLE, "--json"))
    assert len(reading["text"]) == 5
    assert reading["confidence"] > 0.5
    card = (checkout / BUNDLED.relative_to(ROOT) / "README.md").read_text()
    assert run("captcha-model", "card") == card
    run("python", "-c", SAVE)
    assert json.loads(run("captcha-model", "predict", EXAMPLE, "--json", "--model", "copy")) == [
        {**reading, "model": None}  # A folder has no name.
    ]


def test_with_the_extra_demo_it_serves_the_page(wheel, run, environment, model, tmp_path):
    """It runs after the test above, in the same environment, without TensorFlow."""
    run("python", "-m", "pip", "install", "-q", f"{wheel}[demo]")
    installed = {p["name"] for p in json.loads(run("python", "-m", "pip", "list", "--format=json"))}
    assert "gradio" in installed
    assert not installed & {"tensorflow", "keras", "onnx", "matplotlib"}
    assert size_of(environment) < MAX_PAGE_BYTES

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(environment / "bin" / "captcha-model"), "serve", "--port", str(port)]
    with (
        (tmp_path / "output").open("w+") as output,
        subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output) as server,
    ):
        try:
            wait_for(f"{url}/healthz", server)
            image = {"image": Path(EXAMPLE).read_bytes()}
            read = httpx.post(f"{url}/api/read", files=image, timeout=60)
            page = httpx.get(url, timeout=60)
        finally:
            server.terminate()
        assert server.wait(timeout=60) == 0
        output.seek(0)
        assert f"Open http://localhost:{port}" in output.read()
    assert read.json()["text"] == model.predict(EXAMPLE).text
    for part in ("examples/1.png", "looks/1.png", "ui/style.css", "ui/scripts/reader.js"):
        assert list(environment.glob(f"lib/*/site-packages/captcha_model/demo/{part}")), part
    assert "cm-" in page.text


def wait_for(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 600  # The first start compiles every module.
    while server.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.3)
    pytest.fail("the server does not answer")


def test_with_the_extra_it_trains(wheel, run, tmp_path):
    """It runs after the tests above, in the same environment, which saves half of the install."""
    for _ in write_folder(Synthesizer("abc", (1, 3), seed=1), 40, tmp_path / "drawn"):
        pass
    data = str(tmp_path / "drawn")
    run("python", "-m", "pip", "install", "-q", f"{wheel}[train]")
    run(
        *("captcha-model", "train", "--data", data, "--out", "run"),
        *("--epochs", "1", "--epoch-images", "1", "--image-size", "16x64"),
    )
    readings = [
        run("captcha-model", "predict", data, "--model", "run/model", "--runtime", runtime)
        for runtime in ("onnx", "keras")
    ]
    texts = [[line.split("\t")[1] for line in reading.splitlines()] for reading in readings]
    assert len(texts[0]) == 40
    assert texts[0] == texts[1]


def test_without_a_compiler_it_reads_the_same(built, model, tmp_path):
    (archive,) = built.glob("*.tar.gz")
    variables = empty_environment(tmp_path / "environment") | {"CC": "/bin/false"}
    run = runner(variables, tmp_path)
    run("python", "-m", "pip", "install", "-q", "--no-cache-dir", str(archive))
    assert run("captcha-model", "--version").endswith(
        ", without the compiled core: not compiled when installed\n"
    )
    (reading,) = json.loads(run("captcha-model", "predict", EXAMPLE, "--json"))
    assert reading == {**model.predict(EXAMPLE).to_dict(), "file": EXAMPLE}
