"""The compiled core of the package; all else is in `pyproject.toml`.

The extension is optional: where it cannot be compiled, the package is installed without it.
"""

import sys
import sysconfig

from setuptools import Extension, setup

SOURCES = (
    *("alternatives", "automaton", "beam_search", "best_path", "case_lattice", "image_sums"),
    *("ink_box", "lattice", "lattice_sums", "memory", "module", "partition"),
    *("prefix_tree", "ranking"),
)
HEADERS = ("arguments", "core", "lattice_sums", "prefix_tree")
# Sums as they are written, so that every processor gives the reference's bits.
FLAGS = (
    ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-std=c11", "-ffp-contract=off"]
)

core = Extension(
    "captcha_model._native",
    [f"native/{name}.c" for name in SOURCES],
    depends=[f"native/{name}.h" for name in HEADERS],
    extra_compile_args=FLAGS,
    libraries=[] if sys.platform == "win32" else ["m"],
    py_limited_api=True,
    optional=True,
)

# Pythons without the global lock have no stable ABI yet, and use NumPy.
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
setup(
    ext_modules=[] if free_threaded else [core],
    options={} if free_threaded else {"bdist_wheel": {"py_limited_api": "cp311"}},
)
