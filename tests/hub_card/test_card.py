"""The card as a whole; `python -m tests.hub_card.test_card` writes the expected one anew."""

import dataclasses
import io
import re
import shlex
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from huggingface_hub import EvalResult, ModelCard, ModelCardData, metadata_load
from markdown_it import MarkdownIt
from PIL import Image

from captcha_model.cli import build_parser
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.model_card import CalibrationFacts, ModelFacts
from captcha_model.networks import architectures, find
from hub_card import CARD_FILE, PICTURE_FILE, CardFacts, card_files, cut_apart, render_card
from tests.conftest import EXAMPLES
from tests.hub_card.facts import (
    CALIBRATED,
    CALIBRATION,
    CROSS,
    KNOWN,
    TEST,
    TRAINING,
    VALIDATION,
)

EXPECTED = Path(__file__).with_name("expected.md")
FACTS = CardFacts(
    CaptchaConfig(CHARACTERS, calibration=CALIBRATION),
    KNOWN.with_evaluation(TEST),
    name="alice/reader",
    examples=("w52g8", "fd8x3"),
)
HOSTILE = "`|\\*_<>[]()#&$\"'{}%~ 日é"


def section(card: str, title: str) -> str:
    """Return what stands under a heading, each paragraph, row and item in one line."""
    (body,) = re.findall(rf"^## {title}\n\n(.*?)\n*(?=^## |\Z)", card, re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!\n)\n *(?![\n|-])", " ", body)


def tables(card: str) -> list[list[str]]:
    """Return the rows of every table of a card, as HTML has them."""
    html = MarkdownIt("commonmark").enable("table").render(card)
    return [re.findall("<tr>(.*?)</tr>", t, re.DOTALL) for t in html.split("<table>")[1:]]


def test_one_whole_card():
    assert render_card(FACTS) == EXPECTED.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("trim", "prepared"),
    [
        (False, "converted to RGB and scaled"),
        (True, "converted to RGB, cut to their ink and scaled"),
    ],
)
def test_what_is_done_to_images_of_any_width(trim, prepared):
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96, trim)
    assert f"They are {prepared}\n  to 96 to 288 " in render_card(CardFacts(config, KNOWN))


def test_what_several_views_are():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96, views=3)
    several, one = (
        render_card(CardFacts(dataclasses.replace(config, views=views), KNOWN)) for views in (3, 1)
    )
    assert (
        "the image is read at 3 widths, and every\nprobability is the mean over them. The"
        in several
    )
    assert "They read an image at one width; the figures below are with up to 3.\n\n" in several
    assert "widths" not in one
    assert "where class 0 is no character.\n\n" in one


def test_what_a_closer_look_is():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    near, far = (
        render_card(CardFacts(dataclasses.replace(config, closer=closer), KNOWN))
        for closer in (True, False)
    )
    assert "its rows are read once more, and every probability is the mean over both looks." in near
    several = render_card(CardFacts(dataclasses.replace(config, closer=True, views=3), KNOWN))
    assert "rows are read once more, which is one more view in that mean. The" in several
    assert "They do not look more closely at small text, as the package does.\n\n" in near
    assert "its rows" not in far
    assert "closely" not in far


def test_the_hub_reads_the_front_matter(tmp_path):
    path = tmp_path / CARD_FILE
    path.write_text(render_card(FACTS), encoding="utf-8")
    front = metadata_load(path)
    assert front["library_name"] == "keras"
    assert front["pipeline_tag"] == "image-to-text"
    assert front["license"] == "apache-2.0"
    assert front["datasets"] == ["captcha_images_v2"]
    assert front["metrics"] == ["cer", "accuracy"]
    data = ModelCard.load(path).data
    assert isinstance(data, ModelCardData)
    assert data.model_name == "reader"
    expected = [
        EvalResult(
            task_type="image-to-text",
            task_name="Reading text captchas",
            dataset_type="captcha_images_v2",
            dataset_name="captcha_images_v2",
            dataset_split=evaluation.split,
            metric_type=kind,
            metric_name=name,
            metric_value=round(value, 6),
        )
        for evaluation in (VALIDATION, TEST)
        for kind, name, value in (
            ("cer", "Character error rate", evaluation.cer),
            ("accuracy", "Word accuracy", evaluation.word_accuracy),
        )
    ]
    assert data.eval_results == expected


@pytest.mark.parametrize("architecture", architectures())
@pytest.mark.parametrize(
    "calibration",
    [
        None,
        CALIBRATION,
        dataclasses.replace(CALIBRATION, novelty=None),
        dataclasses.replace(CALIBRATION, min_confidence=None),
    ],
)
@pytest.mark.parametrize(
    "known",
    [
        ModelFacts(),
        ModelFacts(training=dataclasses.replace(TRAINING, best_epoch=None, seconds=None)),
        ModelFacts(evaluations=(TEST,)),
        KNOWN,
    ],
)
def test_every_model_has_a_whole_card(architecture, calibration, known):
    facts = CardFacts(CaptchaConfig(HOSTILE, architecture, calibration=calibration), known)
    card = render_card(facts)
    assert "None" not in card
    assert "\n\n\n" not in card
    assert not re.search(r"\{[{%]|[ \t]\n", card.replace(HOSTILE, ""))
    assert [line for line in card.splitlines() if line.startswith("## ")] == [
        "## How to use it",
        "## Training",
        "## How well it reads",
        "## What its confidence means",
        "## Limits",
        "## Responsible use",
        "## Citation",
        "## License",
    ]
    assert ("not calibrated" in card) == (calibration is None)
    assert ("spread it over the positions" in card) == (architecture == "multi-head")
    assert ("CTC loss" in card) == (architecture != "multi-head")
    front = ModelCard(card).data
    assert (front.eval_results is None) == (not facts.own_evaluations)
    assert front.license == known.license
    for rows in tables(card):
        assert len({row.count("<td") + row.count("<th") for row in rows}) == 1


MEANING = (
    "The confidence of a text is the probability that the network assigns to exactly that text: "
    "the sum over all ways to align it with the time steps, exp(\u2212CTC loss). The confidence of "
    "a character is its probability among all characters that could replace it while the rest of "
    "the text stays the same; the others are its alternatives.\n\n"
)


def meaning_after_intro(
    calibration: Calibration | None, known: CalibrationFacts | None = None
) -> str:
    """Return what a card says of its model's confidence, after what confidences are."""
    config = CaptchaConfig(CHARACTERS, calibration=calibration)
    card = render_card(CardFacts(config, ModelFacts(calibration=known)))
    text = section(card, "What its confidence means")
    assert text.startswith(MEANING)
    return text.removeprefix(MEANING)


def test_what_it_says_without_a_calibration():
    expected = (
        "The model is not calibrated: a confidence of 0.9 does not mean that 90 % of such texts "
        "are correct, and every text is accepted. `captcha-model calibrate` changes that."
    )
    assert meaning_after_intro(None) == expected
    # Without the calibration itself, what it once was worth is worth nothing.
    assert meaning_after_intro(None, CALIBRATED) == expected


DIVIDED = (
    "The logits are divided by a temperature of 1.250, fitted so that confidences are "
    "calibrated. By default "
)


GIVEN = (
    "If its length, characters or pattern are given beforehand, the image must also make them "
    "likely: with a probability of at least"
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"min_constraint_probability": 0.25, "novelty": None},
            f"a text is accepted if its confidence is at least 0.949999. {GIVEN} 0.25.",
        ),
        (
            {},
            "a text is accepted if its confidence is at least 0.949999 and the image resembles "
            f"the training images. {GIVEN} 0.5.",
        ),
        (
            {"novelty": None},
            f"a text is accepted if its confidence is at least 0.949999. {GIVEN} 0.5.",
        ),
        (
            {"novelty": None, "min_confidence": 0.9999999},
            f"a text is accepted if its confidence is at least 0.999999. {GIVEN} 0.5.",
        ),
        (
            {"novelty": None, "min_confidence": 0.5},
            f"a text is accepted if its confidence is at least 0.5. {GIVEN} 0.5.",
        ),
        (
            {"min_confidence": None},
            "no reading is accepted, because no threshold proved reliable enough.",
        ),
    ],
)
def test_which_texts_are_accepted(changes, sentence):
    calibration = dataclasses.replace(CALIBRATION, **changes)
    assert meaning_after_intro(calibration) == DIVIDED + sentence
    assert meaning_after_intro(calibration, CALIBRATED).startswith(
        f"{DIVIDED}{sentence}\n\n| on 1,568 readings"
    )


def test_what_a_calibration_is_worth():
    rest = meaning_after_intro(CALIBRATION, CALIBRATED).split("\n\n", 1)[1]
    title = (
        "| on 1,568 readings of `captcha_images_v2, validation` and degraded copies, 2026-11-21 | |"
    )
    ece = "| expected calibration error (15 bins) | 1.23%; 7.12% without the temperature |"
    auroc = "| a correct reading has a higher confidence than a wrong one (AUROC) | 0.976 |"
    right = (
        "| correct among the accepted | 1,198 of 1,204 "
        "(95 % interval, clustered by image, 95.26% to 99.95%) |"
    )
    new = (
        "| correct among the accepted readings of new images, with 95 % confidence "
        "| at least 95.00% |"
    )
    warning = (
        "The degraded copies are blurred, noisy, compressed, partly covered or rotated, because "
        "clean images give too few mistakes to calibrate with. The temperature and the threshold "
        "were fitted on these readings, so the results are slightly optimistic."
    )
    assert rest == "\n".join([title, "|---|---|", ece, auroc, right, new, "", warning])
    unranked = dataclasses.replace(
        CALIBRATED, auroc=None, accepted=0, correct=0, precision=None, trials=0.0
    )
    rest = meaning_after_intro(CALIBRATION, unranked).split("\n\n", 1)[1]
    assert rest == "\n".join([title, "|---|---|", ece, "", warning])


def test_what_a_network_with_places_says():
    config = CaptchaConfig("abc", "multi-head", options={"places": 4}, calibration=CALIBRATION)
    text = section(render_card(CardFacts(config, ModelFacts())), "What its confidence means")
    assert text.startswith(
        "The confidence of a text is the probability that the network assigns to exactly that "
        "text: the sum over all ways to spread it over the positions. The confidence of a character"
    )


def test_a_training_that_its_command_does_not_repeat_prints_no_results():
    command = "captcha-model train --recipe general --data synthetic:any --out runs/mine"
    trained = dataclasses.replace(VALIDATION, command=command)
    for changed, repeats in ((TRAINING.changed, False), ({}, True)):
        training = dataclasses.replace(TRAINING, changed=changed)
        known = ModelFacts(training=training, evaluations=(trained,))
        results = section(render_card(CardFacts(FACTS.config, known)), "How well it reads")
        assert (f"These commands print the results:\n\n- `{command}`" in results) == repeats
        said = "`captcha_images_v2, validation` were measured at the end of the training, on"
        assert (said in results) != repeats
        assert ("These commands" in results) == repeats
    both = dataclasses.replace(
        FACTS, known=ModelFacts(training=TRAINING, evaluations=(trained, TEST))
    )
    results = section(render_card(both), "How well it reads")
    assert "print the results:\n\n- `captcha-model evaluate" in results and command not in results


@pytest.mark.parametrize(
    ("calibration", "limit"),
    [
        (CALIBRATION, "It reads others badly, and rejects most of them."),
        (Calibration(), "It reads others badly, and its confidence may still be high."),
        (None, "It reads others badly, and its confidence may still be high."),
    ],
)
def test_what_it_does_with_other_images(calibration, limit):
    config = CaptchaConfig("abc", calibration=calibration)
    limits = section(render_card(CardFacts(config, ModelFacts())), "Limits").splitlines()
    assert limits[0] == f"- It reads images that look like its training images. {limit}"


def parts_of_a_card_about(text: str) -> Counter[str]:
    """Return how many of each part of Markdown a card has, whose facts are all one text."""
    training = dataclasses.replace(TRAINING, recipe=text, data=text, changed={text: text})
    evaluation = dataclasses.replace(VALIDATION, data=text, split=text, command=text)
    calibration = dataclasses.replace(CALIBRATED, data=text, split=text)
    known = ModelFacts(training=training, evaluations=(evaluation,), calibration=calibration)
    card = ModelCard(render_card(CardFacts(FACTS.config, known, examples=(text,))))
    assert card.data.eval_results[0].dataset_name == text
    blocks = MarkdownIt("commonmark").enable("table").parse(card.text)
    return Counter(token.type for block in blocks for token in [block, *(block.children or [])])


def test_facts_of_others_put_nothing_into_the_card_but_text():
    hostile = f"x](http://evil) <b>{HOSTILE}``` ![x](y) **x** {{{{ facts }}}} | x"
    assert parts_of_a_card_about(hostile) == parts_of_a_card_about("plain")


def test_only_a_published_data_set_is_a_data_set_of_the_hub():
    for data, name in (("mjsynth:90kDICT32px", "mjsynth"), ("my images", None)):
        training = dataclasses.replace(TRAINING, data=data)
        card = render_card(CardFacts(FACTS.config, ModelFacts(training=training)))
        assert ModelCard(card).data.datasets == (name and [name])
        assert f"--data {shlex.quote(data)} " in card
        assert "Four labels" not in card


def test_figures_of_other_networks_are_none_of_this_model():
    card = render_card(CardFacts(FACTS.config, ModelFacts(evaluations=(CROSS,))))
    assert "912 of 917" in card
    assert ModelCard(card).data.eval_results is None


def test_every_network_is_credited():
    card = render_card(FACTS)
    for name in architectures():
        assert f"\n- `{name}`: {find(name).origin}\n" in card


def test_a_fact_that_there_is_not_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render_card(SimpleNamespace(known=KNOWN))


def test_a_model_of_the_card_can_be_used_as_it_says(model, tmp_path, monkeypatch, capsys):
    model.save_pretrained(tmp_path / "alice" / "reader", repo_id="alice/reader")
    (tmp_path / "image.png").write_bytes((EXAMPLES / "1.png").read_bytes())
    monkeypatch.chdir(tmp_path)
    card = (tmp_path / "alice" / "reader" / CARD_FILE).read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    exec(code, {})
    text = model.predict("image.png").text
    assert capsys.readouterr().out.startswith(text)
    (command,) = re.findall(r"^captcha-model predict .*$", card, re.MULTILINE)
    options = build_parser().parse_args(shlex.split(command)[1:])
    assert options.run(options) == 0
    assert text in capsys.readouterr().out
    assert "python app.py --model alice/reader" in card


def test_the_picture_is_there_if_the_card_shows_it():
    files = card_files(CaptchaConfig("abc"), KNOWN)
    assert f"({PICTURE_FILE})" in files[CARD_FILE].decode()
    assert "Synthetic images of `captcha_model`" in files[CARD_FILE].decode()
    assert files[PICTURE_FILE].startswith(b"\x89PNG")
    # No font here has the characters of Linear B.
    files = card_files(CaptchaConfig("\U00010000\U00010001"), KNOWN)
    assert PICTURE_FILE not in files
    assert PICTURE_FILE not in files[CARD_FILE].decode()


def own(**changed: str) -> ModelFacts:
    """The facts of a model of somebody's own images, with synthetic ones beside them."""
    training = dataclasses.replace(TRAINING, data="my-images", changed=changed)
    return ModelFacts(training=training)


@pytest.mark.parametrize("known", [ModelFacts(), own(), own(**{"training.card_images": "false"})])
def test_the_card_of_a_model_of_ones_own_shows_nothing_of_it_and_no_other_look(known):
    files = card_files(CaptchaConfig("abc"), known, images=[Image.new("L", (60, 20))])
    assert PICTURE_FILE not in files
    assert PICTURE_FILE not in files[CARD_FILE].decode()


def test_the_card_shows_images_of_the_training_if_it_may():
    images = [Image.new("RGB", (60 + n, 20), (200, n, 0)) for n in range(8)]
    known = own(**{"training.card_images": "true"})
    files = card_files(CaptchaConfig("abc"), known, images=images)
    card = files[CARD_FILE].decode()
    assert f"({PICTURE_FILE})" in card
    assert "Images of the data set that it was trained on" in card
    assert "Synthetic" not in card
    shown = cut_apart(Image.open(io.BytesIO(files[PICTURE_FILE])))
    assert [each.tobytes() for each in shown] == [each.tobytes() for each in images[:6]]
    # The images of a model that is built and not loaded are not known.
    assert PICTURE_FILE not in card_files(CaptchaConfig("abc"), known)


if __name__ == "__main__":
    EXPECTED.write_text(render_card(FACTS), encoding="utf-8")
