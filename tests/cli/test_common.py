import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from captcha_model.cli.common import what_it_saw
from captcha_model.training.facts import changed_settings
from captcha_model.training.run_config.run import Run
from tests.hub_card.facts import TRAINING as SHARED

TRAINING = replace(SHARED, changed={}, data="plates")


def seen(split, rule="hash", source="/data/plates", **changed) -> str:
    training = replace(TRAINING, **changed)
    return what_it_saw(SimpleNamespace(training=training), source, split, rule)


RANDOM = {"validation_fraction": 0.2}
FOLDERS = {"changed": {"data.splits": '"folders"'}}


@pytest.mark.parametrize(
    ("split", "rule", "facts", "expected"),
    [
        ("validation", "hash", {}, ""),
        ("validation", "hash", {"data": "others"}, ""),
        ("validation", "hash", {"validation_images": 0}, "all images of plates"),
        (None, "hash", {"validation_images": 0}, "all images of plates"),
        ("train", "hash", {}, "the train split of plates"),
        ("all", "hash", RANDOM, "the train split of plates"),
        ("validation", "hash", RANDOM, "most of these images of plates, which .* at random "),
        (
            "test",
            "hash",
            FOLDERS,
            "most of these images of plates, which .* by the folders .*val.c",
        ),
        ("validation", "folders", {}, "most of these images of plates, which .* by the hash"),
        ("validation", "folders", FOLDERS, ""),
        (None, "hash", RANDOM, ""),
    ],
)
def test_what_a_model_saw_depends_on_how_its_training_split(split, rule, facts, expected):
    found = seen(split, rule, **facts)
    assert (found == "") == (expected == "")
    assert re.match(expected, found)


@pytest.mark.parametrize(
    "source", ["/data/few20/metadata.csv", "hf://datasets/user/plates", "/data/Bücher", "/data/x"]
)
def test_labelled_images_among_drawn_ones_are_known_by_what_the_facts_call_them(source):
    run = Run.from_mappings({"data": {"source": "synthetic:any", "labelled": source}})
    assert seen("train", source=source, data="synthetic:any", changed=changed_settings(run))
    assert not seen("train", source="/y", data="synthetic:any", changed=changed_settings(run))
