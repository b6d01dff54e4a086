import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.errors import TrainingError
from captcha_model.training.compile import compiled_network
from captcha_model.training.history import EpochRecord
from captcha_model.training.resume.checkpoints import DAMAGED
from captcha_model.training.resume.state import TrainingState, load_state, pack_state
from captcha_model.training.run_config.settings import TrainingSettings


def record(epoch: int, words: float, cer: float) -> EpochRecord:
    return EpochRecord(epoch, 0.0, 1e-3, 1.0, 1.0, cer, words)


def test_the_best_weights_are_those_of_the_best_epoch():
    state = TrainingState()
    assert state.best is None
    assert state.add(record(1, 0.5, 0.1), ["first"])
    assert not state.add(record(2, 0.4, 0.1), ["second"])
    assert state.best_weights == ["first"]
    assert state.best == record(1, 0.5, 0.1)
    assert state.epochs_done == 2


def test_the_monitor_decides():
    state = TrainingState("cer")
    state.add(record(1, 0.5, 0.1), ["first"])
    assert state.add(record(2, 0.4, 0.05), ["second"])
    assert state.best_weights == ["second"]


@pytest.fixture(scope="module")
def network(small_config):
    return compiled_network(small_config, TrainingSettings(), 10)


@pytest.fixture(scope="module")
def packed(network) -> bytes:
    state = TrainingState("cer")
    network.optimizer.build(network.trainable_variables)
    state.add(record(1, 0.5, 0.25), network.get_weights())
    return pack_state(state, network, {"seed": 1})


def values_of(network) -> list[np.ndarray]:
    return [np.array(v.numpy()) for v in (*network.variables, *network.optimizer.variables)]


def test_everything_comes_back(network, packed, tmp_path):
    (tmp_path / "state").write_bytes(packed)
    before = values_of(network)
    assert any("seed" in variable.path for variable in network.variables)
    for variable in (*network.variables, *network.optimizer.variables):
        variable.assign(np.ones(variable.shape, variable.dtype))
    state = load_state(tmp_path / "state", network, {"seed": 1})
    assert all((a == b).all() for a, b in zip(values_of(network), before, strict=True))
    assert (state.monitor, state.history) == ("cer", [record(1, 0.5, 0.25)])
    pairs = zip(state.best_weights, network.get_weights(), strict=True)
    assert all((a == b).all() for a, b in pairs)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_found_or_does_no_harm(network, packed, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged-state"
    place = data.draw(st.integers(0, len(packed) - 1))
    if data.draw(st.booleans()):
        broken = packed[:place]
    else:
        flipped = packed[place] ^ (1 << data.draw(st.integers(0, 7)))
        broken = packed[:place] + bytes([flipped]) + packed[place + 1 :]
    path.write_bytes(broken)
    before = values_of(network)
    try:
        state = load_state(path, network, {"seed": 1})
    except TrainingError as error:
        assert error.code == DAMAGED
    else:
        assert state.history == [record(1, 0.5, 0.25)]
    assert all((a == b).all() for a, b in zip(values_of(network), before, strict=True))


def test_a_checkpoint_of_another_network_is_refused(packed, tmp_path):
    from captcha_model.config import CaptchaConfig

    (tmp_path / "state").write_bytes(packed)
    for options in ({"filters": 8}, {"lstm": 4}):
        other = CaptchaConfig("abc", height=16, width=64, options=options)
        network = compiled_network(other, TrainingSettings(), 10)
        with pytest.raises(TrainingError) as caught:
            load_state(tmp_path / "state", network, {"seed": 1})
        assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
    with pytest.raises(TrainingError, match="seed was 1, not 2"):
        load_state(tmp_path / "state", network, {"seed": 2})
