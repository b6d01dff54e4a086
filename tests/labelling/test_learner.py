import pytest

from captcha_model.labelling.adapted_models import AdaptedModels
from captcha_model.labelling.learner import Learner, Lesson
from tests.labelling.conftest import wait_until, write_run


@pytest.fixture
def learner(tmp_path, trainings):
    labels = tmp_path / "labels.jsonl"
    labels.write_text("1\n2\n")
    return Learner(labels, AdaptedModels(tmp_path / "out"), (), lambda *_: None)


def test_a_training_that_is_ended_early_is_no_model(learner, trainings):
    """With more than 500 labels it saves what it has learned, as after Ctrl-C."""
    learner.start(Lesson(2, "two", 2))
    trainings[0].succeed(2, 1, {})
    wait_until(lambda: learner.lesson is None)
    learner.start(Lesson(600, "many", 600))
    write_run(trainings[1].out, 60, 1, {})
    learner.end()
    assert not trainings[1].out.exists()
    again = AdaptedModels(learner.models.out)
    assert again.newest == learner.models.newest
    assert (again.newest.labels, again.learned) == (2, "two")
    assert not learner.problem


def test_a_training_that_fails_leaves_no_model(learner, trainings):
    learner.start(Lesson(600, "many", 600))
    write_run(trainings[0].out, 60, 1, {})
    trainings[0].fail("The loss is not a number.")
    wait_until(lambda: learner.lesson is None)
    assert learner.problem == "The loss is not a number."
    assert not trainings[0].out.exists()
    learner.end()
