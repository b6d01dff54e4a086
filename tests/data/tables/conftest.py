from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function that writes a folder of images and tables."""

    def write(images: Sequence[str] = (), tables: Mapping[str, str] | None = None) -> Path:
        folder = tmp_path / "set"
        folder.mkdir(exist_ok=True)
        for name in images:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (20, 10)).save(folder / name)
        for name, text in (tables or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="")
        return folder

    return write
