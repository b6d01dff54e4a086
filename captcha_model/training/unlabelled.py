"""The images without a label that a run on few labels may use."""

from pathlib import Path

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.files import list_folder, select_images
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.errors import DataError
from captcha_model.training.dataset import load_in_memory, why_not_cross_fitted
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.run import Run

LEAST_LABELS = 20
"""With fewer labels of people too many readings are wrong."""

MOST = 1000
"""Of more images a sample is used: every model of a cross-fit reads all of them in every round."""


def refuse_unlabelled(run: Run, labels: int) -> None:
    """Check that a run with a validation split has no images without a label.

    Args:
        run: all settings.
        labels: the number of labelled images.

    Raises:
        DataError: it has.
    """
    if run.data.unlabelled:
        cause = why_not_cross_fitted(labels, run) or "streamed images"
        raise DataError(
            "Images without a label help where there are few labels, and are used only where "
            f"cross-fitting calibrates a model: with the recipe adapt and {LEAST_LABELS} to 500 "
            "labels of which none are held back, and without synthetic images. Received: "
            f"{cause}. Leave --unlabelled out, or change that.",
            code="UNLABELLED",
        )


def unlabelled_images(
    labelled: LabelledImages, config: CaptchaConfig, run: Run, reporter: Reporter
) -> LabelledImages | None:
    """Return the images without a label of a run, with empty labels; None if it has no such folder.

    Those that cannot be read are left out and named, however many: nobody has looked through the
    folder.

    Args:
        labelled: the images with a label, of which none is returned.
        config: gives the size.
        run: names the folder, and the seed of the sample.
        reporter: shows a bar and what is left out.

    Raises:
        DataError: there are too few labels for it, no other images in the folder that can be read,
            or with `data.strict` one that cannot.
    """
    if not run.data.unlabelled:
        return None
    if len(labelled) < LEAST_LABELS:
        raise DataError(
            f"Images without a label need at least {LEAST_LABELS} labels of people, so that enough "
            f"of what the model reads in them is right. There are {len(labelled)}.",
            code="UNLABELLED",
        )
    folder = Path(run.data.unlabelled)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder of images without a label.", code="UNLABELLED")
    files = select_images(list_folder(folder), str(folder))
    most = MOST + len(labelled)  # Some of which may be the labelled ones.
    if len(files) > most:
        reporter.line(f"uses {MOST} of the {len(files)} images of {folder}, chosen at random")
    names = np.random.default_rng(run.training.seed).permutation(sorted(files))[:most]
    samples = [Sample(str(name), "", files[name]) for name in names]
    found = load_in_memory(samples, config, run, reporter, unreadable_share=1.0)
    new = _without(found, labelled)
    if not new:
        skipped = f" {len(found.skipped)} of them cannot be read." if found.skipped else ""
        raise DataError(
            f"{folder} has no images beside those with a label.{skipped}", code="UNLABELLED"
        )
    return new


def _without(images: LabelledImages, labelled: LabelledImages) -> LabelledImages:
    """Return at most `MOST` of the images, without those that are labelled."""
    known = {pixels.tobytes() for pixels in labelled.pixels}
    new = [n for n, pixels in enumerate(images.pixels) if pixels.tobytes() not in known]
    return images.select(new[:MOST])
