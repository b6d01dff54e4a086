"""Settings of an earlier format: the keys that it lacked, and what that means."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

AddedKeys: TypeAlias = Sequence[tuple[int, str, Any]]
"""Keys that formats brought: the first format that has the key, where it stands (with a dot between
the keys that lead to it), and what its absence means in earlier formats."""


def completed(settings: Mapping[str, Any], version: int, added: AddedKeys) -> dict[str, Any]:
    """Return the settings of a format with the keys that it lacked.

    Args:
        settings: they stay as they are.
        version: the format.
        added: the keys that later formats brought.

    Raises:
        ValueError: it has one of them all the same.
    """
    complete = dict(settings)
    for since, path, meaning in added:
        if version < since:
            try:
                _add(complete, path, meaning)
            except KeyError as error:
                raise ValueError(f"Format {version} has no key {path!r}.") from error
    return complete


def _add(owner: dict[str, Any], path: str, meaning: Any) -> None:
    """Add a key to an object, or to an object within it, which is copied.

    Raises:
        KeyError: it is there already.
    """
    key, _, rest = path.partition(".")
    if not rest:
        if key in owner:
            raise KeyError(key)
        owner[key] = meaning
    elif isinstance(owner.get(key), dict):  # Else it is null, or an error that is found later.
        owner[key] = dict(owner[key])
        _add(owner[key], rest, meaning)
