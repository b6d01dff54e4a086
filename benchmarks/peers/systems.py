"""The systems that are compared, and what each of them needs."""

from dataclasses import dataclass
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"
BATCHES = (1, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class System:
    """One system that reads captchas.

    Attributes:
        title: its name in the tables.
        reader: its script in `workers/`.
        requirements: the packages to read with; ours is the wheel of this checkout.
        recipe: the recipe of this package; None for other systems.
        options: further options of that training.
        trainer: the script that trains another system; None if it comes trained.
        training_requirements: the packages to train with, if they differ.
        sizes: the batch sizes that are tried.
        batch_unit: what those sizes count.
    """

    title: str
    reader: str
    requirements: tuple[str, ...] = ()
    recipe: str | None = None
    options: tuple[str, ...] = ()
    trainer: str | None = None
    training_requirements: tuple[str, ...] = ()
    sizes: tuple[int, ...] = BATCHES
    batch_unit: str = "images"


OURS = "ours"
OURS_QUICK = "ours-quick"
OURS_SYNTHETIC = "ours-synthetic"
DDDDOCR = "ddddocr"
RAPIDOCR = "rapidocr"

SYSTEMS = {
    OURS: System("this package", "read_ours.py", recipe="crnn"),
    OURS_QUICK: System("this package, recipe `quick`", "read_ours.py", recipe="quick"),
    OURS_SYNTHETIC: System(
        "this package, `--synthetic 400`",
        "read_ours.py",
        recipe="crnn",
        options=("--synthetic", "400"),
    ),
    DDDDOCR: System(
        "ddddocr 1.6.1",
        "read_ddddocr.py",
        ("ddddocr==1.6.1",),
        sizes=(1, 2, 4),
        batch_unit="threads",
    ),
    RAPIDOCR: System(
        "RapidOCR 3.10",
        "read_rapidocr.py",
        ("rapidocr==3.10.*", "onnxruntime"),
    ),
    "keras": System(
        "the Keras example",
        "read_keras.py",
        ("tensorflow==2.21.*", "keras==3.15.*"),
        trainer="train_keras.py",
    ),
    "mltu": System(
        "mltu 1.2.5's tutorial",
        "read_mltu.py",
        ("mltu==1.2.5",),
        trainer="train_mltu.py",
        # The last TensorFlow with the Keras 2 that its classes are written for.
        training_requirements=("mltu==1.2.5", "tensorflow==2.15.*", "tf2onnx==1.16.*", "numpy<2"),
    ),
}
"""All systems by their short names, ours first."""

TRAINED = tuple(name for name, system in SYSTEMS.items() if system.recipe or system.trainer)
"""The systems that are trained on captcha_images_v2, ours first."""

READING = tuple(name for name in SYSTEMS if name not in (OURS_QUICK, OURS_SYNTHETIC))
"""The systems whose reading is measured, ours first: how a network was trained does not change its
speed."""


def chosen(only: str | None) -> list[str]:
    """Return the systems of a comma-separated list, in the order of the table; None is all.

    Raises:
        ValueError: there is no such system.
    """
    names = set(only.split(",")) if only else set(SYSTEMS)
    if unknown := names - SYSTEMS.keys():
        raise ValueError(
            f"the systems are {', '.join(SYSTEMS)}. Received: {', '.join(sorted(unknown))}"
        )
    return [name for name in SYSTEMS if name in names]
