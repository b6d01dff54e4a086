"""`python -m captcha_model` is the same program as `captcha-model`."""

import sys

from captcha_model.cli import main

if __name__ == "__main__":
    sys.exit(main())
