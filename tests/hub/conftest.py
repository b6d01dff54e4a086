import shutil
from pathlib import Path

import pytest

from captcha_model.hub import BUNDLED, Destination, push_folder
from captcha_model.storage.manifest import ONNX_FILE
from tests.hub_server import LoopbackHub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A saved model of one's own."""
    return shutil.copytree(BUNDLED, tmp_path / "saved")


@pytest.fixture
def reader(hub: LoopbackHub) -> LoopbackHub:
    """The Hub with ann's model, ann/reader; nothing was asked of it yet."""
    push_folder(BUNDLED, Destination("ann/reader", token="hf_ann"))
    hub.requests.clear()
    return hub


@pytest.fixture
def old_reader(reader: LoopbackHub) -> LoopbackHub:
    """The same from before there were ONNX graphs."""
    repo = reader.model("ann/reader")
    repo.commit("main", {k: v for k, v in repo.tree().items() if k != ONNX_FILE}, "old")
    return reader
