import io

import numpy as np
from PIL import Image

from hub_card.examples import COLUMNS, GAP, ROWS, as_png, cut_sheet, draw_examples, draw_looks


def images_of(examples) -> list[Image.Image]:
    return [each.image for each in examples]


def test_the_picture_holds_every_example_where_it_is_read():
    examples = draw_examples("abc", (2, 4))
    assert len(examples) == COLUMNS * ROWS
    assert all(2 <= len(e.text) <= 4 and set(e.text) <= set("abc") for e in examples)
    sheet = np.asarray(Image.open(io.BytesIO(as_png(images_of(examples)))))
    for index, example in enumerate(examples):
        pixels = np.asarray(example.image)
        top = GAP + index // COLUMNS * (pixels.shape[0] + GAP)
        left = GAP + index % COLUMNS * (pixels.shape[1] + GAP)
        shown = sheet[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        assert (shown == pixels).all()


def test_the_same_model_has_the_same_picture():
    first, again, other = (
        as_png(images_of(draw_examples("ab", lengths))) for lengths in ((5, 5), (5, 5), (4, 5))
    )
    assert first == again
    assert first != other


def test_texts_that_cannot_be_drawn_are_cut_or_left_out():
    assert {len(e.text) for e in draw_examples("ab", (0, 0))} == {1}
    assert {len(e.text) for e in draw_examples("ab", (30, 90))} == {20}
    assert draw_examples("\U00010000", (1, 1)) == []


def test_looks_are_reduced_to_their_places():
    looks = draw_looks()
    assert len(looks) == COLUMNS * ROWS
    assert len({look.text for look in looks}) == COLUMNS * ROWS
    sheet = Image.open(io.BytesIO(as_png(images_of(looks))))
    assert sheet.mode == "RGB"
    assert sheet.size == Image.open(io.BytesIO(as_png(images_of(draw_examples("ab", (5, 5)))))).size
    assert as_png(images_of(draw_looks())) == as_png(images_of(looks))


def test_a_sheet_is_cut_into_the_images_on_it():
    examples = draw_examples("ab", (5, 5))
    sheet = Image.open(io.BytesIO(as_png(images_of(examples))))
    assert [cut.tobytes() for cut in cut_sheet(sheet)] == [
        each.image.tobytes() for each in examples
    ]
    # Smaller images are cut without the white around them.
    looks = cut_sheet(Image.open(io.BytesIO(as_png(images_of(draw_looks())))))
    assert len(looks) == len(draw_looks())
    assert min(look.width for look in looks) < 200


def test_a_picture_of_another_program_is_not_cut():
    assert cut_sheet(Image.new("L", (640, 131))) == []
