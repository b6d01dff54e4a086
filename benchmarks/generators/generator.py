"""What a generator is, and a setting of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Registry: TypeAlias = Literal["pypi", "npm", "debian"]
DEFAULT = "default"
SETTINGS = (DEFAULT, "harder", "hardest")


@dataclass(frozen=True)
class Setting:
    """How a generator draws.

    Attributes:
        name: `default`, `harder` or `hardest`.
        harder: what differs from the default, for people.
        options: passed to the script of the generator.
    """

    name: str
    harder: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Generator:
    """A generator that can be installed.

    Attributes:
        name: of its package.
        version: which is pinned; Debian's packages are those of the release.
        registry: where it comes from.
        requirements: what is installed.
        script: in `scripts/`; draws with it.
        texts: what its texts are, for people.
        settings: the default first.
        seeded: whether the same seed draws the same images.
    """

    name: str
    version: str
    registry: Registry
    requirements: tuple[str, ...]
    script: str
    texts: str
    settings: tuple[Setting, ...]
    seeded: bool = True
