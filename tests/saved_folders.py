"""Changing saved model folders as somebody with bad intentions would."""

import json
from dataclasses import asdict
from pathlib import Path

from captcha_model.storage.manifest import CONFIG_FILE, Fingerprint


def change(folder: Path, **values) -> None:
    """Change some of the settings."""
    path = folder / CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def rehash(folder: Path) -> None:
    """Make the checksums fit again."""
    files = json.loads((folder / CONFIG_FILE).read_text())["files"]
    for name, entry in files.items():
        entry.update(asdict(Fingerprint.of((folder / name).read_bytes())))
    change(folder, files=files)


def replace(folder: Path, name: str, data: bytes) -> None:
    """Put other bytes in the place of a file, with a checksum that fits."""
    (folder / name).write_bytes(data)
    rehash(folder)
