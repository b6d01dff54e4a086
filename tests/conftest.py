"""What many tests share. With CI=true nothing that is missing may be skipped."""

import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Tests give the same on every processor; those of the graphs in 8 bits choose them.
os.environ["CAPTCHA_ONNX_BITS"] = "32"

from captcha_model import pretrained_models
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.dataset import write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.export import onnx as onnx_export
from captcha_model.model import CaptchaModel
from captcha_model.model_chooser import _chooser
from captcha_model.networks import architectures
from captcha_model.pretrained_models import DEFAULT, GENERAL, REGISTRY, Registry
from scripts.make_registry import describe
from tests.hub_for_all import HUB
from tests.hub_server import LoopbackHub
from tests.random_models import random_model

# No test asserts a time, and a busy machine is no mistake.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "demo" / "examples"


SERVERS = {"address", "endpoint", "locked"}  # Fixtures that are a running server.


# Files that take longest; see `.ci/run`.
SLOWEST = (
    "tests/cli/test_train.py",
    "tests/training/test_loop.py",
    "tests/training/few_labels/test_cross_fit.py",
    "tests/training/test_workflow.py",
    "tests/training/test_devices.py",
    "tests/training/test_killed.py",
    "tests/demo/test_walkthrough.py",
    "tests/demo/test_app.py",
    "tests/demo/middleware/test_shutdown.py",
    "tests/export/savedmodel/test_savedmodel.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow files first, and mark tests that use the browser or a server, by their fixtures."""
    slow = {ROOT / name for name in SLOWEST}
    items.sort(key=lambda item: item.path not in slow)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if fixtures & SERVERS:
            item.add_marker(pytest.mark.server)
        if item.get_closest_marker("environment"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module", autouse=True)
def same_signals() -> Iterator[None]:
    """No file leaves handlers of signals behind, which other tests of the process would run."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    left = [n.name for n, handler in handlers.items() if signal.getsignal(n) is not handler]
    assert not left, f"other handlers than before these tests: {left}"


@pytest.fixture
def collected() -> None:
    """No garbage of earlier tests, for tests that parse code.

    Gradio leaves event loops open, which warn when they are collected. Showing such a warning
    parses code, and if that happens while Python 3.11 parses code, the outer parsing fails.
    """
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def conversions() -> Iterator[dict[bytes, bytes]]:
    """Convert equal networks to ONNX once; who must see a conversion empties what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_export, "_MOST_KEPT", 1000)
        yield onnx_export._kept


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The captchas that CAPTCHA_DATA names; without them only a local run may go on."""
    named = os.environ.get("CAPTCHA_DATA")
    if not named:
        message = "CAPTCHA_DATA does not name the captcha_images_v2 zip"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return Path(named)


@pytest.fixture(scope="session")
def model() -> CaptchaModel:
    """The bundled model, as everybody gets it."""
    return CaptchaModel.from_pretrained()


@pytest.fixture(scope="session")
def keras_model() -> CaptchaModel:
    """The bundled model, read by Keras."""
    return CaptchaModel.from_pretrained(runtime="keras")


@pytest.fixture(scope="session")
def registry_of_two(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The bundled model, and a small stand-in for the model "general" that reads any image."""
    registry = Registry(tmp_path_factory.mktemp("bundled"))
    shutil.copytree(REGISTRY.folder(DEFAULT), registry.folder(DEFAULT))
    stand_in = random_model("general", channels=3, resize="scale", min_width=32, width=192)
    stand_in.save_pretrained(registry.folder(GENERAL))
    registry.write(
        [
            REGISTRY[DEFAULT],
            describe(GENERAL, "noise", registry.folder(GENERAL)),
        ]
    )
    return registry


@pytest.fixture
def two_models(registry_of_two: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """Two bundled models in the place of those of the package."""
    monkeypatch.setattr(pretrained_models, "REGISTRY", registry_of_two)
    _chooser.cache_clear()
    yield registry_of_two
    _chooser.cache_clear()


@pytest.fixture(scope="session")
def small_config() -> CaptchaConfig:
    """A network so small that a step takes milliseconds."""
    return CaptchaConfig(
        "abc", height=16, width=64, options={"filters": 4, "dense": 8, "lstm": 8, "dropout": 0.2}
    )


@pytest.fixture(scope="session")
def small_model(small_config: CaptchaConfig) -> CaptchaModel:
    """An untrained model of the small network."""
    import keras

    keras.utils.set_random_seed(0)
    return CaptchaModel(small_config)


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory, small_model: CaptchaModel) -> Path:
    """The folder of the small model; whoever changes it copies it first."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    small_model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", params=architectures())
def any_model(request) -> CaptchaModel:
    """A small model of each architecture; pytest asks for it again for every file."""
    return _small_model_of(request.param)


@cache
def _small_model_of(architecture: str) -> CaptchaModel:
    return random_model(architecture)


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    """Three images at the small models' size."""
    return np.random.default_rng(0).integers(0, 256, (3, 32, 64, 1), np.uint8)


@pytest.fixture(scope="session")
def synthetic() -> LabelledImages:
    """Sixteen drawn captchas at the default size."""
    synthesizer = Synthesizer(CHARACTERS, seed=5)
    captchas = [synthesizer.draw(i) for i in range(16)]
    return LabelledImages(
        np.stack([np.asarray(c.image)[..., None] for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(f"{i}.png" for i in range(16)),
    )


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """Forty short drawn captchas over "abc" as an imagefolder."""
    folder = tmp_path / "drawn"
    for _ in write_folder(Synthesizer("abc", (1, 3), seed=1), 40, folder):
        pass
    return folder


@pytest.fixture
def hub() -> LoopbackHub:
    """The loopback Hub, empty."""
    HUB.reset()
    return HUB


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git keeps, as a fresh clone has them."""
    folder = tmp_path_factory.mktemp("checkout")
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def no_captcha_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """No CAPTCHA_DATA, and an empty cache."""
    monkeypatch.delenv("CAPTCHA_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"
