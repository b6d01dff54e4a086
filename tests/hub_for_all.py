"""Every test is on the loopback Hub, as nobody in particular and with an empty cache.

The Hub's client reads where the Hub is when it is imported, so this is imported before it.
"""

import os
import tempfile

from tests.hub_server import LoopbackHub

HUB = LoopbackHub()
_HOME = tempfile.TemporaryDirectory()

os.environ |= {"HF_ENDPOINT": HUB.url, "HF_HOME": _HOME.name, "HF_HUB_DISABLE_XET": "1"}
for _name in ("HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE"):
    os.environ.pop(_name, None)
