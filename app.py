"""The browser demo: run `python app.py`, then open the address that it prints.

It is the command `captcha-model serve`, for a checkout or a Space that nothing is installed from.
"""

import sys


def main() -> int:
    """Serve the page with the options of the command line; return the exit code."""
    try:
        from captcha_model.cli import main as run
    except ModuleNotFoundError as error:
        print(
            f"The page needs the package {error.name!r}, which is not installed. Install it with "
            "python -m pip install -r requirements.txt",
            file=sys.stderr,
        )
        return 1
    return run(["serve", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
