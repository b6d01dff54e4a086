"""Altered weights files, made with HDF5's own library."""

import io
from collections.abc import Callable

import h5py
import numpy as np
import pytest

from captcha_model import networks
from captcha_model.errors import ModelFolderError
from captcha_model.storage.check_keras_weights import load_weights


@pytest.fixture(scope="module")
def whole(small_model, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("weights") / "model.weights.h5"
    small_model.network.save_weights(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def network(small_config):
    return networks.build(small_config)


def names_in(data: bytes) -> list[str]:
    """Return the paths of all tensors."""
    found = []
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(lambda n, item: found.append(n) if isinstance(item, h5py.Dataset) else None)
    return found


def changed(data: bytes, change: Callable[[h5py.File], None]) -> bytes:
    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def refused(network, data: bytes, code: str = "WEIGHTS_INVALID") -> str:
    before = network.get_weights()
    with pytest.raises(ModelFolderError) as caught:
        load_weights(network, data)
    assert caught.value.code == code
    if code != "WEIGHTS_NOT_FINITE":
        pairs = zip(network.get_weights(), before, strict=True)
        assert all((a == b).all() for a, b in pairs), "Keras must not have seen it."
    return str(caught.value)


def test_what_was_saved_is_loaded(whole, small_model, small_config):
    network = networks.build(small_config)
    load_weights(network, whole)
    pairs = zip(network.get_weights(), small_model.network.get_weights(), strict=True)
    assert all((a == b).all() for a, b in pairs)


@pytest.mark.slow
def test_every_architecture(any_model, tmp_path):
    any_model.network.save_weights(tmp_path / "m.weights.h5")
    network = networks.build(any_model.config)
    load_weights(network, (tmp_path / "m.weights.h5").read_bytes())
    pairs = zip(network.get_weights(), any_model.network.get_weights(), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_empty_groups_do_no_harm(whole, network):
    load_weights(network, changed(whole, lambda file: file.create_group("nothing/here")))


def test_a_link_to_another_file(whole, network, tmp_path):
    """The tensor there has the right shape, and must not be read all the same."""
    name = names_in(whole)[0]
    (tmp_path / "other.h5").write_bytes(whole)

    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), name)

    assert "link" in refused(network, changed(whole, change))


def test_a_link_within_the_file(whole, network):
    first, *_ = names = names_in(whole)
    same = next(n for n in names[1:] if shape_of(whole, n) == shape_of(whole, first))

    def change(file: h5py.File) -> None:
        del file[first]
        file[first] = h5py.SoftLink(f"/{same}")

    assert "link" in refused(network, changed(whole, change))


def shape_of(data: bytes, name: str) -> tuple[int, ...]:
    with h5py.File(io.BytesIO(data)) as file:
        return file[name].shape


@pytest.mark.slow
def test_a_group_that_holds_itself(whole, network):
    def change(file: h5py.File) -> None:
        file["layers/loop"] = file["layers"]
        file["layers/again"] = file["layers"]

    assert "entries" in refused(network, changed(whole, change))


def test_numbers_in_another_file(whole, network, tmp_path):
    name = names_in(whole)[0]
    shape = shape_of(whole, name)
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(4 * int(np.prod(shape))))

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, shape, "<f4", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])

    assert "cannot be loaded" in refused(network, changed(whole, change))


def test_numbers_of_other_data_sets(whole, network):
    """A virtual data set, which HDF5 puts together of others."""
    name = names_in(whole)[0]

    def change(file: h5py.File) -> None:
        layout = h5py.VirtualLayout(file[name].shape, "<f4")
        layout[...] = h5py.VirtualSource("elsewhere.h5", "x", file[name].shape)
        del file[name]
        file.create_virtual_dataset(name, layout)

    assert "not a plain tensor" in refused(network, changed(whole, change))


@pytest.mark.parametrize("shape", [(100, 100), (1000,)])
def test_a_size_without_bytes(whole, network, shape):
    name = names_in(whole)[0]

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, shape, "<f4")

    message = refused(network, changed(whole, change), "WEIGHTS_SHAPE_MISMATCH")
    assert "of the shape" in message


def test_compression(whole, network):
    """A filter may be code that HDF5 loads for it; plain gzip is not written by Keras either."""
    name = names_in(whole)[0]

    def change(file: h5py.File) -> None:
        values = file[name][...]
        del file[name]
        file.create_dataset(name, data=values, compression="gzip")

    assert "not a plain tensor" in refused(network, changed(whole, change))


@pytest.mark.parametrize(
    "dtype", ["<f8", ">f4", "<i4", h5py.string_dtype(), h5py.ref_dtype, h5py.vlen_dtype(np.int8)]
)
def test_other_types(whole, network, dtype):
    name = names_in(whole)[0]

    def change(file: h5py.File) -> None:
        shape = file[name].shape
        del file[name]
        file.create_dataset(name, shape, dtype)

    refused(network, changed(whole, change), "WEIGHTS_SHAPE_MISMATCH")


def test_what_is_neither_group_nor_tensor(whole, network):
    def change(file: h5py.File) -> None:
        file["layers/type"] = np.dtype("<f4")

    refused(network, changed(whole, change))


@pytest.mark.parametrize(
    "name", ["layers/more/vars/0", "vars/0", "_layer_checkpoint_dependencies/x"]
)
def test_extra_tensors(whole, network, name):
    data = changed(whole, lambda file: file.create_dataset(name, data=[1.0]))
    message = refused(network, data, "WEIGHTS_SHAPE_MISMATCH")
    assert name in message


def test_missing_tensors(whole, network):
    name = min(names_in(whole))

    def change(file: h5py.File) -> None:
        del file[name]

    assert name in refused(network, changed(whole, change), "WEIGHTS_SHAPE_MISMATCH")


def test_other_shapes_are_named_with_those_that_are_needed(whole, network):
    name = names_in(whole)[0]
    shape = shape_of(whole, name)

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=np.zeros((2, 7), np.float32))

    message = refused(network, changed(whole, change), "WEIGHTS_SHAPE_MISMATCH")
    assert "(2, 7)" in message
    assert str(shape) in message


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(whole, small_config, value):
    def change(file: h5py.File) -> None:
        file[names_in(whole)[-1]][0] = value

    refused(networks.build(small_config), changed(whole, change), "WEIGHTS_NOT_FINITE")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_what_is_cut_off(whole, network, share):
    refused(network, whole[: int(share * len(whole))])


@pytest.mark.parametrize("data", [b"not HDF5", b"\x89HDF\r\n\x1a\n" + bytes(5000), b"\x80\x04."])
def test_what_is_not_hdf5(network, data):
    refused(network, data)


def test_kerass_old_format(network, small_model, tmp_path):
    """A whole model as `.h5`, whose description Keras would build."""
    small_model.network.save(tmp_path / "old.h5")
    refused(network, (tmp_path / "old.h5").read_bytes(), "WEIGHTS_SHAPE_MISMATCH")
