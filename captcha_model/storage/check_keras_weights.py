"""Loading `model.weights.h5`, which must hold the weights of a network and nothing else.

HDF5 is a file system in a file: with links to other files, with tensors that other files hold, with
sizes that need no bytes, with any number of entries. So the names, shapes and types in the file are
compared first with those that Keras writes for the same network. Tensors in other files need no
check here, because Keras (3.13.2 and later) rejects them; links do, because our own comparison
would follow them. Keras itself rejects neither filters nor, in 3.13.2, virtual tensors.
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
_MAX_ITEMS = 10_000  # In a file. A hard link may form a cycle, which has no end.

Layout = dict[str, tuple[tuple[int, ...], str]]
"""The shape and the type of each tensor, by its path."""


def load_weights(network: "keras.Model", data: bytes) -> None:
    """Load the weights of a file into a network.

    Args:
        network: a new network, built from the settings that the file was saved with.
        data: the contents of the file.

    Raises:
        ModelFolderError: the file is not HDF5, it holds other tensors than those of the network, or
            a weight is NaN or infinite.
    """
    # Keras opens files only by their path, and the file in the folder may have changed meanwhile.
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = (Path(scratch) / f"{name}.weights.h5" for name in ("ours", "theirs"))
        network.save_weights(ours)
        theirs.write_bytes(data)
        _check_same(_layout(ours.read_bytes()), _layout(data), network.output_shape[-1])
        try:
            with warnings.catch_warnings():
                # Keras only warns about a layer whose weights it does not find.
                warnings.simplefilter("error", UserWarning)
                network.load_weights(theirs)
        except (OSError, ValueError, KeyError, RuntimeError, UserWarning) as error:
            raise _invalid(
                "cannot be loaded into the network that the settings describe"
            ) from error
    if not all(np.isfinite(w).all() for w in network.get_weights()):
        raise ModelFolderError(
            f"{_NAME} holds weights that are NaN or infinite.", code="WEIGHTS_NOT_FINITE"
        )


def _layout(data: bytes) -> Layout:
    """Return the layout of a file, without reading a tensor."""
    import h5py

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            return {name: (tensor.shape, str(tensor.dtype)) for name, tensor in _tensors(file)}
    # On a damaged file the library raises any of these.
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise _invalid("is not an HDF5 file that can be read") from error


def _tensors(file: "h5py.File") -> Iterator[tuple[str, Any]]:
    import h5py

    left: list[tuple[str, Any]] = [("", file)]
    items = 0
    while left:
        path, group = left.pop()
        for name in group:
            items += 1
            if items > _MAX_ITEMS:
                raise _invalid(f"holds more than {_MAX_ITEMS} entries")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _invalid(f"holds a link, {path + name!r}, instead of a tensor")
            item = group[name]
            if isinstance(item, h5py.Group):
                left.append((f"{path}{name}/", item))
            elif not isinstance(item, h5py.Dataset) or not _is_plain(item):
                raise _invalid(f"holds {path + name!r}, which is not a plain tensor")
            else:
                yield path + name, item


def _is_plain(tensor: Any) -> bool:
    """Whether the values of a tensor are stored in it as they are, without filters."""
    return not (tensor.is_virtual or tensor.chunks)


def _check_same(ours: Layout, theirs: Layout, classes: int) -> None:
    if lacking := ours.keys() - theirs.keys():
        raise _mismatch(f"lacks {len(lacking)} tensors of the network, such as {min(lacking)!r}")
    if extra := theirs.keys() - ours.keys():
        raise _mismatch(f"holds {len(extra)} tensors that the network lacks: {min(extra)!r:.200}")
    for name, (shape, dtype) in ours.items():
        if theirs[name] != (shape, dtype):
            found, kind = theirs[name]
            raise _mismatch(
                f"holds {name!r} as {kind} of the shape {found}, but in the network that the "
                f"settings describe, with {classes - 1} characters, it is {dtype} of the shape "
                f"{shape}"
            )


def _invalid(what: str) -> ModelFolderError:
    return ModelFolderError(f"{_NAME} {what}.", code="WEIGHTS_INVALID")


def _mismatch(what: str) -> ModelFolderError:
    return ModelFolderError(f"{_NAME} {what}.", code="WEIGHTS_SHAPE_MISMATCH")
