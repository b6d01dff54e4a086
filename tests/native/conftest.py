import os

import pytest

from captcha_model._utils import native


@pytest.fixture(autouse=True)
def core():
    """The compiled core, which a checkout without a compiler does not have."""
    if native.core is None:
        message = f"no compiled core: {native.REASON}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return native.core
