import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.training.batches import Batches
from captcha_model.vocabulary import Vocabulary


def images(count: int) -> LabelledImages:
    pixels = np.arange(count, dtype=np.uint8).reshape(-1, 1, 1, 1).repeat(2, 1).repeat(3, 2)
    return LabelledImages(pixels, ("ab",) * count, tuple(map(str, range(count))))


def batches(count: int = 10, **options) -> Batches:
    settings = {"batch_size": 4, "seed": 7, "augment": None, **options}
    return Batches(images(count), Vocabulary("ab").encode_batch, **settings)


def order(data: Batches) -> list[int]:
    return [round(float(p[0, 0, 0]) * 255) for i in range(len(data)) for p in data[i][0]]


def test_batches_are_full_and_no_image_comes_twice():
    data = batches()
    assert len(data) == 2
    assert len(set(order(data))) == 8
    pixels, targets = data[0]
    assert (pixels.shape, pixels.dtype) == ((4, 2, 3, 1), np.float32)
    assert targets.tolist() == [[1, 2]] * 4


def test_the_order_is_a_function_of_seed_and_epoch():
    first, second = batches(), batches()
    orders = []
    for _ in range(3):
        assert order(first) == order(second)
        orders.append(order(first))
        first.begin(len(orders))
        second.begin(len(orders))
    assert orders[0] != orders[1] != orders[2]
    first.begin(1)
    assert order(first) == orders[1]
    assert order(batches(seed=8)) != orders[0]


def test_every_image_comes_sooner_or_later():
    data, seen = batches(), set()
    for epoch in range(20):
        data.begin(epoch)
        seen |= set(order(data))
    assert seen == set(range(10))


@pytest.mark.parametrize(("count", "steps"), [(1, 1), (3, 1), (4, 1), (5, 1), (8, 2)])
def test_a_small_set_is_one_batch(count, steps):
    data = batches(count)
    assert len(data) == steps
    assert len(data[0][0]) == min(count, 4)


def test_augmentation_gets_a_seed_for_every_step():
    seeds = []

    def augment(pixels, seed):
        seeds.append(seed)
        return pixels / np.float32(255)

    data = batches(augment=augment)
    data.begin(3)
    data[0], data[1]
    data.begin(4)
    data[0]
    assert seeds == [(7, 3, 0), (7, 3, 1), (7, 4, 0)]
