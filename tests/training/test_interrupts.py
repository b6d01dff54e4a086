import signal
import threading

import pytest

from captcha_model.training.interrupts import Interrupts


def test_ctrl_c_is_raised_at_the_end_of_the_step():
    with Interrupts() as interrupts:
        interrupts.on_train_batch_end(0)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_train_batch_end(1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sigterm_is_like_ctrl_c():
    with Interrupts() as interrupts:
        interrupts.on_train_batch_end(0)
        assert interrupts.received is None
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_train_batch_end(1)
    assert interrupts.received is signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_raised_at_once(first):
    with Interrupts() as interrupts:
        signal.raise_signal(first)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert interrupts.received is first


def test_it_is_noted_even_where_python_would_forget_it():
    class Forgetful:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with Interrupts() as interrupts:
        Forgetful()
        with pytest.raises(KeyboardInterrupt):
            interrupts.on_train_batch_end(0)


def test_ctrl_c_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
            interrupts.on_train_batch_end(0)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_who_handles_sigterm_goes_on_doing_so():
    def handler(number, frame):
        """As a server has that stops gracefully."""

    signal.signal(signal.SIGTERM, handler)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGTERM)
            interrupts.on_train_batch_end(0)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_another_thread_changes_nothing():
    seen = []

    def work() -> None:
        with Interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
