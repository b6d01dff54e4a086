from collections.abc import Callable

import pytest


@pytest.fixture
def fails(monkeypatch) -> Callable[[str], None]:
    """Make a function fail, named as `module.function`."""

    def make(name: str) -> None:
        def fail(*arguments, **options):
            raise RuntimeError("the disk is on fire")

        monkeypatch.setattr(name, fail)

    return make
