"""Reading `model.weights.h5`, which holds the numbers of a network and may hold nothing else.

HDF5 is a file system in a file: with links to other files, with numbers that lie in other files,
with sizes that need no bytes, with as many entries as one likes. What Keras would make of these is
not left to find out. The file is compared with what Keras writes for the same network first.
"""

import io
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captcha_model.errors import ModelFolderError

if TYPE_CHECKING:
    import h5py
    import keras

_NAME = "model.weights.h5"
_MAX_ITEMS = 10_000  # Of a file. A link may lead back, so that there is no end of them.

Layout = dict[str, tuple[tuple[int, ...], str]]
"""Of each tensor its path, its shape and its type."""


def load_weights(network: "keras.Model", data: bytes) -> None:
    """Give a network the weights that a file holds.

    Args:
        network: freshly built from the settings that the file was saved with.
        data: the contents of the file.

    Raises:
        ModelFolderError: it is not HDF5, or not just the tensors of this network, each of its
            shape and with finite numbers.
    """
    # Keras opens no file but by its name, and the one in the folder may have changed meanwhile.
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = (Path(scratch) / f"{name}.weights.h5" for name in ("ours", "theirs"))
        network.save_weights(ours)
        theirs.write_bytes(data)
        _check_same(_layout(ours.read_bytes()), _layout(data), network.output_shape[-1])
        try:
            with warnings.catch_warnings():
                # Keras only warns of a layer that keeps its fresh weights.
                warnings.simplefilter("error", UserWarning)
                network.load_weights(theirs)
        except (OSError, ValueError, KeyError, RuntimeError, UserWarning) as error:
            raise _refusal("cannot be read into the network that the settings describe") from error
    if not all(np.isfinite(w).all() for w in network.get_weights()):
        raise ModelFolderError(
            f"{_NAME} holds numbers that are not finite.", code="WEIGHTS_NOT_FINITE"
        )


def _layout(data: bytes) -> Layout:
    """Return what tensors a file holds, without reading one."""
    import h5py

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            return {name: (tensor.shape, str(tensor.dtype)) for name, tensor in _tensors(file)}
    # The library raises what it likes on a broken file.
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise _refusal("is not an HDF5 file that can be read") from error


def _tensors(file: "h5py.File") -> Iterator[tuple[str, Any]]:
    import h5py

    left: list[tuple[str, Any]] = [("", file)]
    items = 0
    while left:
        path, group = left.pop()
        for name in group:
            items += 1
            if items > _MAX_ITEMS:
                raise _refusal(f"holds more than {_MAX_ITEMS} entries")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _refusal(f"holds a link, {path + name!r}, instead of a tensor")
            item = group[name]
            if isinstance(item, h5py.Group):
                left.append((f"{path}{name}/", item))
            elif not isinstance(item, h5py.Dataset) or not _is_plain(item):
                raise _refusal(f"holds {path + name!r}, which is not a plain tensor")
            else:
                yield path + name, item


def _is_plain(tensor: Any) -> bool:
    """Whether a tensor's numbers lie in the file itself, as they are: no filters and no chunks."""
    return not (tensor.external or tensor.is_virtual or tensor.chunks or tensor.dtype.hasobject)


def _check_same(ours: Layout, theirs: Layout, classes: int) -> None:
    if lacking := ours.keys() - theirs.keys():
        raise _mismatch(f"lacks {len(lacking)} tensors of the network, such as {min(lacking)!r}")
    if extra := theirs.keys() - ours.keys():
        raise _mismatch(f"holds {len(extra)} tensors that the network lacks: {min(extra)!r:.200}")
    for name, (shape, dtype) in ours.items():
        if theirs[name] != (shape, dtype):
            found, kind = theirs[name]
            raise _mismatch(
                f"holds {name!r} as {kind} of the shape {found}, and the network that the settings "
                f"describe, with {classes - 1} characters, has it as {dtype} of the shape {shape}"
            )


def _refusal(what: str) -> ModelFolderError:
    return ModelFolderError(f"{_NAME} {what}.", code="WEIGHTS_INVALID")


def _mismatch(what: str) -> ModelFolderError:
    return ModelFolderError(f"{_NAME} {what}.", code="WEIGHTS_SHAPE_MISMATCH")
