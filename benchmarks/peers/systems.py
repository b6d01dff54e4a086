"""Which systems are compared, and what each of them needs."""

from dataclasses import dataclass
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"
BATCHES = (1, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class System:
    """One system that reads captchas.

    Attributes:
        title: what the tables call it.
        reader: its script in `workers/`.
        requirements: what is installed to read; of ours it is the wheel of this checkout.
        recipe: of this package, the recipe it is trained by.
        options: of that training, beyond the recipe.
        trainer: of another one, the script that trains it; none where it comes trained.
        training_requirements: what is installed to train, where that is more than to read.
        sizes: how many images at once are tried for the best rate.
        at_once: what those sizes count.
    """

    title: str
    reader: str
    requirements: tuple[str, ...] = ()
    recipe: str | None = None
    options: tuple[str, ...] = ()
    trainer: str | None = None
    training_requirements: tuple[str, ...] = ()
    sizes: tuple[int, ...] = BATCHES
    at_once: str = "images"


OURS = "ours"
OURS_QUICK = "ours-quick"
OURS_DRAWN = "ours-drawn"

SYSTEMS = {
    OURS: System("this package", "read_ours.py", recipe="crnn"),
    OURS_QUICK: System("this package, recipe `quick`", "read_ours.py", recipe="quick"),
    OURS_DRAWN: System(
        "this package, `--synthetic 400`",
        "read_ours.py",
        recipe="crnn",
        options=("--synthetic", "400"),
    ),
    "ddddocr": System(
        "ddddocr 1.6.1",
        "read_ddddocr.py",
        ("ddddocr==1.6.1",),
        sizes=(1, 2, 4),
        at_once="threads",
    ),
    "rapidocr": System(
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
"""Every system by its short name, ours first."""

TRAINED = tuple(name for name, system in SYSTEMS.items() if system.recipe or system.trainer)
"""Those that learn from the images of captcha_images_v2, ours first."""

READING = tuple(name for name in SYSTEMS if name not in (OURS_QUICK, OURS_DRAWN))
"""Those whose reading is measured, ours first: as long as they are trained, networks take the same
time however they were."""


def chosen(only: str | None) -> list[str]:
    """Return the systems that are named, apart by commas, in the order of the table.

    Raises:
        ValueError: there is no such system.
    """
    wanted = set(only.split(",")) if only else set(SYSTEMS)
    if unknown := wanted - SYSTEMS.keys():
        raise ValueError(
            f"the systems are {', '.join(SYSTEMS)}. Received: {', '.join(sorted(unknown))}"
        )
    return [name for name in SYSTEMS if name in wanted]
