"""Changing saved model folders as somebody with bad intentions would."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from captcha_model.storage.manifest import CONFIG_FILE, Fingerprint


def change(folder: Path, **values) -> None:
    """Change some of the settings, with a digest that fits."""
    path = folder / CONFIG_FILE
    write_settings(path, {**json.loads(path.read_text()), **values})


def write_settings(path: Path, document: dict) -> None:
    """Write settings with their digest, computed here as the documentation describes it."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    path.write_text(json.dumps({**rest, "sha256": digest}))


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
