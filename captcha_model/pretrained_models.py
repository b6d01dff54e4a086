"""The registry of the bundled models: `from_pretrained` finds them by their names.

`captcha_model/bundled` has a folder for each model, of the same name, and `models.json`, which
describes them. Name and "reads" are written by hand; `python -m scripts.make_registry` completes an
entry with figures from the model's own facts and with the SHA-256 of each file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from captcha_model._utils.strict_json import Record, parse_json
from captcha_model._utils.type_checks import MAX_WHOLE, Range, Text
from captcha_model.storage.manifest import Fingerprint

DEFAULT = "captcha-images-v2"  # What `from_pretrained()` without a name loads.
GENERAL = "general"  # Reads what the default model was not trained for.
REGISTRY_FILE = "models.json"

# A name with a slash is a repository of the Hub or a folder.
_Name = Annotated[str, Text(1, pattern=r"[a-z0-9]+(-[a-z0-9]+)*")]


@dataclass(frozen=True)
class BundledFile(Fingerprint):
    """A file of a bundled model.

    Attributes:
        name: its name in the model's folder.
    """

    name: Annotated[str, Text(1)]


@dataclass(frozen=True)
class Figures(Record):
    """How well a bundled model read some labelled images.

    Attributes:
        data: the name of the images' source.
        split: which of its images; see `captcha_model.model_card.EvaluationFacts`.
        images: the number of images.
        correct: the number of them that were read without a mistake.
        cer: the character error rate.
    """

    data: str
    split: str
    images: Annotated[int, Range(1, MAX_WHOLE)]
    correct: Annotated[int, Range(0, MAX_WHOLE)]
    cer: Annotated[float, Range(0)]


@dataclass(frozen=True)
class PretrainedModel(Record):
    """A bundled model.

    Attributes:
        name: its name for `from_pretrained`, and the name of its folder.
        reads: which images it reads, for a person, without a full stop.
        characters: the characters that it knows.
        parameters: the number of its weights; None if its facts do not say so.
        figures: how well it reads.
        files: every file of its folder, by name.
    """

    name: _Name
    reads: Annotated[str, Text(1)]
    characters: str
    parameters: Annotated[int, Range(1, MAX_WHOLE)] | None
    figures: tuple[Figures, ...]
    files: tuple[BundledFile, ...]

    @property
    def size(self) -> int:
        """The size of all files, in bytes."""
        return sum(file.size for file in self.files)


class Registry(Mapping[str, PretrainedModel]):
    """The bundled models by their names, in the order of the file.

    Args:
        root: the folder with `models.json` and the folders of the models.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __getitem__(self, name: str) -> PretrainedModel:
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    @cached_property
    def _models(self) -> dict[str, PretrainedModel]:
        # On first use, because the default model is loaded without it.
        text = (self.root / REGISTRY_FILE).read_text(encoding="utf-8")
        entries = parse_json(text, PretrainedModel, REGISTRY_FILE)
        models = [PretrainedModel.from_dict(entry) for entry in entries]
        return {model.name: model for model in models}

    def folder(self, name: str) -> Path:
        """Return the folder of a bundled model."""
        return self.root / name

    def others(self, name: str) -> Sequence[PretrainedModel]:
        """Return the other models than the one of that name."""
        return [model for model in self.values() if model.name != name]

    def differing(self, name: str) -> list[str]:
        """Return which files of a model are missing, other ones than the entry says, or unknown."""
        folder, entry = self.folder(name), self[name]
        known = {file.name: Fingerprint(file.size, file.sha256) for file in entry.files}
        found = {
            path.name: Fingerprint.of(path.read_bytes())
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path.is_file()
        }
        names = sorted(known.keys() | found.keys())
        return [file for file in names if known.get(file) != found.get(file)]

    def write(self, models: Sequence[PretrainedModel]) -> None:
        """Write `models.json`."""
        entries = [model.to_dict() for model in models]
        text = json.dumps(entries, indent=2, ensure_ascii=False)
        (self.root / REGISTRY_FILE).write_text(f"{text}\n", encoding="utf-8")


REGISTRY = Registry(Path(__file__).parent / "bundled")


def bundled_models() -> tuple[PretrainedModel, ...]:
    """Return what is known of each bundled model."""
    return tuple(REGISTRY.values())


def bundled_name(name: object) -> str | None:
    """Return the name of the bundled model that a name of `from_pretrained` stands for.

    Args:
        name: None is the default model, an entry of the registry its own; a text may be the name
            of a bundled one, which goes before a folder of that name. A `Path` is always a folder.

    Returns:
        None if it stands for no bundled model.
    """
    if name is None:
        return DEFAULT
    if isinstance(name, PretrainedModel):
        return name.name
    # Only such names are looked up, so that a folder or a repository opens without the registry.
    return name if isinstance(name, str) and "/" not in name and name in REGISTRY else None


def advice(name: str) -> str:
    """Return a sentence about who may read an image that a bundled model was not trained for.

    Args:
        name: the bundled model.

    Returns:
        "" if there is no other model, or none of that name.
    """
    if name not in REGISTRY:
        return ""
    others = " or ".join(repr(other.name) for other in REGISTRY.others(name))
    if not others:
        return ""
    return (
        f"The image, or the length of its text, is unlike what the model {name!r} was trained on. "
        f"The bundled model {others} may read it; captcha_model.read chooses for each image."
    )
