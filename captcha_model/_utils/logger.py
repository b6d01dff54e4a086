"""The logger of the package: it tells what is opened, and says nothing until it is asked to."""

import logging

LOGGER = logging.getLogger("captcha_model")
LOGGER.addHandler(logging.NullHandler())
