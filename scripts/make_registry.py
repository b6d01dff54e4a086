"""Completes the registry of the bundled models, `captcha_model/bundled/models.json`.

A new model is its folder in `captcha_model/bundled` and an entry with its name and what it reads:

    {"name": "general", "reads": "texts of many looks"}

This script writes the rest of every entry: the characters, the number of weights and the figures
from the folder, and the size and SHA-256 of each file. Run it after every change of a folder.

    python -m scripts.make_registry
    python -m scripts.make_registry --check

A model whose facts state no licence is refused.
"""

import argparse
import json
import sys
from pathlib import Path

from captcha_model.errors import CaptchaError, ModelFolderError
from captcha_model.model_card import load_facts
from captcha_model.pretrained_models import (
    REGISTRY,
    REGISTRY_FILE,
    BundledFile,
    Figures,
    PretrainedModel,
    Registry,
)
from captcha_model.storage.manifest import Fingerprint, read_manifest


def main() -> int:
    """Complete the registry, or check that it is complete; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail if the file would change"
    )
    check = parser.parse_args().check
    try:
        check_licences(REGISTRY)
        models = described(REGISTRY)
        if check:
            is_complete = models == list(REGISTRY.values())
            print("complete" if is_complete else f"{REGISTRY_FILE} differs from the folders")
            return 0 if is_complete else 1
    except CaptchaError as error:
        print(f"{REGISTRY_FILE}: {error}", file=sys.stderr)
        return 1
    REGISTRY.write(models)
    print(f"wrote {REGISTRY_FILE}: {', '.join(model.name for model in models)}")
    return 0


def check_licences(registry: Registry) -> None:
    """Check that every model states the licence of its weights.

    Raises:
        ModelFolderError: one does not.
    """
    for name in registry:
        folder = registry.folder(name)
        if load_facts(folder).license is None:
            raise ModelFolderError(
                f"The model {name!r} states no licence. State it first: "
                f"captcha-model card {folder} --license apache-2.0"
            )


def described(registry: Registry) -> list[PretrainedModel]:
    """Describe the models of a registry anew, from their names, what they read and their folders.

    Raises:
        ModelFolderError: there is no folder for an entry, or it is not a model.
    """
    entries = json.loads((registry.root / REGISTRY_FILE).read_text(encoding="utf-8"))
    return [describe(e["name"], e["reads"], registry.folder(e["name"])) for e in entries]


def describe(name: str, reads: str, folder: Path) -> PretrainedModel:
    """Describe the model of a folder.

    Args:
        name: the name of the model.
        reads: which images it reads.
        folder: its folder.
    """
    facts = load_facts(folder)
    return PretrainedModel(
        name=name,
        reads=reads,
        characters=read_manifest(folder).config.characters,
        parameters=facts.parameters,
        figures=tuple(
            Figures(e.data, e.split, e.images, e.correct, e.cer) for e in facts.evaluations
        ),
        files=tuple(
            BundledFile(name=path.name, **Fingerprint.of(path.read_bytes()).to_dict())
            for path in sorted(folder.iterdir())
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
