import pytest

from captcha_model.errors import DataError
from tests.labelling.conftest import wait_until


def test_the_least_sure_image_comes_first(open_session):
    session = open_session(("a", 0.9), ("b", 0.8), ("a", 0.1), ("b", 0.7), ("a", 0.6), ("a", 0.5))
    state = session.state()
    assert (state.image, state.proposal.text, state.reader) == ("2.png", "a", "a test")
    assert (state.images, state.left, state.labels) == (7, 6, 0)
    assert [*state.unopened] == ["broken.png"]


def test_a_copy_of_a_labelled_image_is_the_last_and_has_its_label(open_session):
    session = open_session(*[("a", 0.5)] * 5, ("a", 0.0))
    session.label("0.png", "ab")
    order = []
    for _ in range(5):
        order.append(session.state().image)
        session.label(order[-1], "ab")
    assert order[-1] == "5.png"
    assert session.state().image is None
    session.undo()
    with pytest.raises(DataError, match=r"0\.png is the same image and has the label 'ab'"):
        session.label("5.png", "b")


def test_half_of_a_character_is_no_label(open_session):
    session = open_session()
    with pytest.raises(DataError, match="half of a character"):
        session.label("0.png", "a\ud800")
    assert session.labels.labels == {}


def test_a_correction_is_one_of_all_copies(open_session):
    session = open_session()
    session.label("0.png", "ab")
    session.label("5.png", "ab")
    session.label("5.png", "b")
    assert session.labels.labels == {"0.png": "b", "5.png": "b"}
    session.undo()
    assert session.labels.labels == {"0.png": "b"}
    assert session.state().image == "5.png"


def test_skipped_images_come_at_the_end(open_session):
    session = open_session()
    first = session.state().image
    session.skip(first)
    seen = set()
    for _ in range(4):
        seen.add(session.state().image)
        session.label(session.state().image, "a")
    assert first not in seen
    assert session.state().skipped == 1
    session.label(session.state().image, "a")
    assert session.state().image == first


def test_what_is_undone_comes_again_with_its_label(open_session):
    session = open_session()
    first = session.state().image
    session.label(first, "ab")
    session.give_up(second := session.state().image)
    assert (session.state().labels, session.state().unreadable) == (1, 1)
    session.undo()
    assert session.state().image == second
    assert (session.state().again, session.state().unreadable) == ("", 0)
    session.undo()
    state = session.state()
    assert (state.image, state.again, state.can_undo) == (first, "ab", False)
    session.undo()
    session.label(first, "ba")
    assert session.state().again is None


def test_it_goes_on_where_it_was(open_session):
    session = open_session()
    session.label("0.png", "ab")
    session.give_up("1.png")
    again = open_session()
    state = again.state()
    assert (state.labels, state.unreadable, state.left) == (1, 1, 4)
    assert state.image not in ("0.png", "1.png")
    assert again.labelled(0, 50)[0][0].label == "ab"


def test_the_last_decision_is_known_after_a_restart(open_session):
    session = open_session()
    session.give_up("1.png")
    session.label("0.png", "ab")
    again = open_session()
    again.undo()
    assert again.state().image == "0.png"
    again.undo()
    assert (again.state().image, again.state().can_undo) == ("1.png", False)


def test_a_labelled_image_is_not_skipped(open_session):
    session = open_session()
    session.label("0.png", "ab")
    session.skip("0.png")
    assert session.state().skipped == 0


@pytest.mark.parametrize("corrected", [False, True])
def test_after_a_restart_the_model_is_of_the_labels_that_it_learned(
    open_session, trainings, corrected
):
    session = open_session(("b", 0.5), every=2)
    session.label("0.png", "a")
    session.label("1.png", "b")
    trainings[0].succeed(2, 1, {})
    wait_until(lambda: session.state().is_fresh)
    if corrected:
        session.label("1.png", "c")
    assert open_session(every=2).state().is_fresh is not corrected


def test_where_no_model_can_be_kept_the_label_is(open_session, trainings, monkeypatch):
    def fails(models, labels):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("captcha_model.labelling.adapted_models.AdaptedModels.new_folder", fails)
    session = open_session(every=2)
    session.label("0.png", "a")
    session.label("1.png", "b")
    assert session.labels.labels == {"0.png": "a", "1.png": "b"}
    assert session.state().problem.startswith("A model cannot be kept in ")
    assert not trainings


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("  ", {}, "The label is empty"),
        ("x" * 40, {}, r"do not fit into the network's \d+ time steps: 0\.png"),
        ("a\u0301\u0302\u0303", {}, "combining marks"),
        ("a\tb", {}, "not printable"),
        ("a7", {"characters": "abc"}, r"outside the vocabulary 'abc': 0\.png \(7\)"),
    ],
)
def test_a_label_that_no_model_could_learn_is_refused(open_session, folder, text, options, message):
    session = open_session(**options)
    with pytest.raises(DataError, match=message):
        session.label("0.png", text)
    assert not (folder / "labels.jsonl").exists()


def test_labels_are_stripped_and_in_one_case(open_session):
    session = open_session(case="lower")
    session.label("0.png", " AbC ")
    assert session.labels.labels == {"0.png": "abc"}


def test_there_is_no_such_image(open_session):
    session = open_session()
    for name in ("", "../0.png", "labels.jsonl"):
        with pytest.raises(DataError, match="no image"):
            session.label(name, "a")


def test_a_model_learns_after_every_few_labels(open_session, trainings, folder):
    session = open_session(("b", 0.5), every=2)
    session.label("0.png", "a")
    assert not trainings
    session.label("1.png", "b")
    (training,) = trainings
    assert (training.labels, training.out.name, training.options) == (2, "2-labels", [])
    assert session.state().lesson[0] == 2
    session.label("2.png", "c")
    session.label("3.png", "c")
    assert len(trainings) == 1  # One after another.
    training.succeed(2, 1, {"1.png": "x"})
    wait_until(lambda: len(trainings) == 2)
    wait_until(lambda: not session.pool.is_reading)
    state = session.state()
    assert (state.proposal.text, state.lesson[0]) == ("c", 4)
    assert (state.estimate.labels, state.estimate.accuracy, state.is_fresh) == (2, 0.5, False)
    # What is read differently is the first to check.
    assert [(i.name, i.reading) for i in session.labelled(0, 2)[0]] == [
        ("1.png", "x"),
        ("3.png", None),
    ]
    trainings[1].succeed(4, 4, {})
    wait_until(lambda: session.state().lesson is None)
    state = session.state()
    assert (state.is_fresh, state.estimate.missing) == (True, 0)
    assert state.model.endswith("4-labels/model")
    assert [path.name for path in sorted(folder.with_name("out").iterdir())] == [
        "4-labels",
        "labelling.json",
    ]
    # The next session begins with it.
    assert open_session().state().proposal.text == "c"


def test_equal_labels_are_not_enough_for_a_model(open_session, trainings):
    session = open_session(every=1)
    with pytest.raises(DataError, match="There are 0 labelled images with 0"):
        session.finish()
    session.label("0.png", "a")
    session.label("1.png", "a")
    assert not trainings
    with pytest.raises(DataError, match=r"2 different labels or more\. There are 2 .* with 1"):
        session.finish()


def test_a_training_that_fails_is_told_and_tried_again_later(open_session, trainings):
    session = open_session(every=2)
    session.label("0.png", "a")
    session.label("1.png", "b")
    trainings[0].fail("The disk is full.")
    wait_until(lambda: session.state().lesson is None)
    assert session.state().problem == "The disk is full."
    session.label("2.png", "b")
    assert len(trainings) == 1
    session.finish()
    assert len(trainings) == 2
    session.finish()
    assert len(trainings) == 2
