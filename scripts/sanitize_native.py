"""Runs the tests of the compiled core under the sanitizers for addresses and undefined behaviour.

    python scripts/sanitize_native.py

The core is compiled once more for this, with `CC` or `cc`, into a temporary folder; the installed
one stays as it is. The sanitizers end the process at the first error. It needs GCC on Linux.
"""

import importlib.machinery
import importlib.util
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("tests/native", "tests/decoding/test_beam_search.py", "tests/decoding/test_posterior.py")
MODULE = "captcha_model._native"
FLAGS = (
    *("-std=c11", "-O1", "-g", "-fPIC", "-shared", "-ffp-contract=off", "-fno-omit-frame-pointer"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    *("-Wall", "-Wextra", "-Werror"),
)
# At its end Python does not free all of its memory.
OPTIONS = "detect_leaks=0:allocator_may_return_null=1:abort_on_error=1"


def main() -> int:
    """Compile the core, and run the tests in a process that the sanitizers watch."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "_native.abi3.so"
        sources = map(str, sorted((ROOT / "native").glob("*.c")))
        include = f"-I{sysconfig.get_path('include')}"
        command = [*compiler, *FLAGS, include, *sources, "-o", str(library), "-lm"]
        subprocess.run(command, check=True)
        runtimes = [_runtime(compiler, name) for name in ("libasan.so", "libubsan.so")]
        variables = {
            **os.environ,
            "LD_PRELOAD": os.pathsep.join(runtimes),
            "ASAN_OPTIONS": OPTIONS,
            "UBSAN_OPTIONS": "print_stacktrace=1",
            # Python's own allocator would hide where a buffer ends.
            "PYTHONMALLOC": "malloc",
        }
        watched = [sys.executable, __file__, str(library)]
        return subprocess.run(watched, cwd=ROOT, env=variables, check=False).returncode


def run_tests(library: str) -> int:
    """Run the tests in this process, with a core from elsewhere."""
    loader = importlib.machinery.ExtensionFileLoader(MODULE, library)
    spec = importlib.util.spec_from_loader(MODULE, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[MODULE] = module
    sys.path.insert(0, str(ROOT))
    # Nothing captures what the sanitizers write.
    return pytest.main(["-q", "--capture=sys", "-p", "no:cacheprovider", "-m", "not slow", *TESTS])


def _runtime(compiler: list[str], name: str) -> str:
    """Return the file of a sanitizer's runtime, which must be loaded before anything else."""
    command = [*compiler, f"-print-file-name={name}"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return str(Path(found).resolve())


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1]) if len(sys.argv) > 1 else main())
