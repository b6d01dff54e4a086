import warnings

import pytest

from captcha_model.errors import CaptchaError, DataError, TrainingError
from captcha_model.labelling.opening import open_session
from captcha_model.labelling.proposals import ModelProposer, NoProposer, Proposal
from tests.labelling.conftest import wait_until


def test_a_folder_is_labelled_by_one_page_at_a_time(folder):
    with open_session(folder, propose="none") as session:
        assert session.state().images == 7
        with pytest.raises(TrainingError, match="Another labelling page is using") as error:
            open_session(folder, propose="none").__enter__()
        assert error.value.code == "RUN_LOCKED"
    with open_session(folder, propose="none"):
        pass
    assert not (folder / ".labels.lock").exists()


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match="holds no images"):
        open_session(tmp_path).__enter__()
    with pytest.raises(DataError, match="is no folder"):
        open_session(tmp_path / "nowhere").__enter__()


def test_no_image_can_be_opened(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    with open_session(tmp_path, propose="none") as session:
        wait_until(lambda: not session.pool.is_reading)
        state = session.state()
        assert (state.image, state.left, [*state.unopened]) == (None, 0, ["a.png"])


def test_models_are_not_put_among_the_images(folder):
    with pytest.raises(DataError, match="in the folder of the images"):
        open_session(folder, out=folder / "models").__enter__()


def test_a_model_that_is_not_there(folder):
    with pytest.raises(CaptchaError, match="nowhere"):
        open_session(folder, propose="./nowhere").__enter__()


def test_a_model_proposes_what_it_reads(model, folder):
    from tests.conftest import EXAMPLES

    images = [str(EXAMPLES / "1.png")] * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (one, _) = ModelProposer(model, "ours").propose(images)
        (folded, _) = ModelProposer(model, "ours", model.characters + "!", "lower").propose(images)
    reading = model.predict(images[0])
    assert (one.text, one.confidence) == (reading.text, reading.confidence)
    assert reading.runner_up.text in one.others
    assert folded.text == reading.text.lower()
    assert [*NoProposer().propose(images)] == [Proposal("")] * 2
