import threading

import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.errors import TrainingError
from captcha_model.training.batches import Batches
from captcha_model.vocabulary import Vocabulary


def images(count: int) -> LabelledImages:
    pixels = np.arange(count, dtype=np.uint8).reshape(-1, 1, 1, 1).repeat(2, 1).repeat(3, 2)
    return LabelledImages(pixels, ("ab",) * count, tuple(map(str, range(count))))


def batches(count: int = 10, **options) -> Batches:
    settings = {"batch_size": 4, "seed": 7, "augment": None, **options}
    return Batches(images(count), Vocabulary("ab").encode_batch, **settings)


def order(data: Batches, epoch: int = 0) -> list[int]:
    shown = [data.batch(epoch, step)[0] for step in range(len(data))]
    return [round(float(p[0, 0, 0]) * 255) for images in shown for p in images]


def test_batches_are_full_and_no_image_comes_twice():
    data = batches()
    assert len(data) == 2
    assert len(set(order(data))) == 8
    pixels, targets = data.batch(0, 0)
    assert (pixels.shape, pixels.dtype) == ((4, 2, 3, 1), np.float32)
    assert targets.tolist() == [[1, 2]] * 4


def test_the_order_is_a_function_of_seed_and_epoch():
    orders = [order(batches(), epoch) for epoch in range(3)]
    assert orders[0] != orders[1] != orders[2]
    data = batches()
    assert [order(data, epoch) for epoch in (2, 0, 1, 0)] == [orders[i] for i in (2, 0, 1, 0)]
    assert order(batches(seed=8)) != orders[0]


def test_every_image_comes_sooner_or_later():
    data = batches()
    assert {i for epoch in range(20) for i in order(data, epoch)} == set(range(10))


@pytest.mark.parametrize(
    ("count", "passes", "steps"), [(10, 3, 7), (4, 2, 2), (3, 4, 3), (1, 3, 1)]
)
def test_an_epoch_may_go_over_the_images_several_times(count, passes, steps):
    data = batches(count, passes=passes)
    assert len(data) == steps
    shown = order(data)
    assert len(shown) == steps * min(4, count * passes)
    rounds = [shown[i : i + count] for i in range(0, len(shown), count)]
    assert all(len(set(part)) == len(part) for part in rounds)
    # Each in an order of its own, of which the first is that of a single pass.
    assert rounds[0][:4] == order(batches(count))[:4]
    assert count < 3 or len(set(map(tuple, rounds))) > 1


@pytest.mark.parametrize(("count", "steps"), [(1, 1), (3, 1), (4, 1), (5, 1), (8, 2)])
def test_a_small_set_is_one_batch(count, steps):
    data = batches(count)
    assert len(data) == steps
    assert len(data.batch(0, 0)[0]) == min(count, 4)


def test_augmentation_gets_a_seed_for_every_step():
    seeds = []

    def augment(pixels, seed):
        seeds.append(seed)
        return pixels / np.float32(255)

    data = batches(augment=augment)
    for place in ((3, 0), (3, 1), (4, 0)):
        data.batch(*place)
    assert seeds == [(7, 3, 0), (7, 3, 1), (7, 4, 0)]


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_come_in_their_order_however_many_threads_prepare_them(workers):
    data = batches(22, workers=workers)
    with data.ahead(range(1, 4)) as prepared:
        found = [round(float(p[0, 0, 0]) * 255) for images, _ in prepared for p in images]
    assert found == [i for epoch in (1, 2, 3) for i in order(data, epoch)]


def test_no_more_batches_are_prepared_than_are_soon_needed():
    seeds = []

    def augment(pixels, seed):
        seeds.append(seed)
        return pixels / np.float32(255)

    with batches(400, augment=augment).ahead(range(100)) as prepared:
        for _ in range(3):
            next(prepared)
    assert 3 <= len(seeds) <= 3 + 4


def test_what_goes_wrong_in_a_thread_comes_out_in_its_place():
    def augment(pixels, seed):
        if seed[2] == 2:
            raise RuntimeError("third batch")
        return pixels / np.float32(255)

    with batches(400, augment=augment).ahead(range(1)) as prepared:
        next(prepared), next(prepared)
        with pytest.raises(RuntimeError, match="third batch"):
            next(prepared)
    assert not [t for t in threading.enumerate() if t.name.startswith("batches")]


def test_no_thread_outlives_a_training_that_ends_early():
    with pytest.raises(KeyboardInterrupt), batches(400).ahead(range(100)) as prepared:
        next(prepared)
        raise KeyboardInterrupt
    assert not [t for t in threading.enumerate() if t.name.startswith("batches")]


def test_outliers_are_added_to_every_batch_and_have_no_text():
    source = LabelledImages(images(10).pixels, ("ag",) * 10, tuple(map(str, range(10))))
    data, without = (
        Batches(
            source,
            Vocabulary("ag").encode_batch,
            batch_size=4,
            seed=7,
            augment=None,
            outlier_share=share,
        )
        for share in (0.5, 0.1)
    )
    assert len(data) == len(without) == 2
    for step in range(2):
        pixels, targets = data.batch(3, step)
        images_alone, texts_alone = without.batch(3, step)
        assert pixels.shape == (6, 2, 3, 1)
        assert targets.tolist() == [[1, 2]] * 4 + [[0, 0]] * 2
        np.testing.assert_array_equal(pixels[:4], images_alone)
        np.testing.assert_array_equal(targets[:4], texts_alone)
        np.testing.assert_array_equal(pixels, data.batch(3, step)[0])


@pytest.mark.parametrize(
    ("devices", "size", "outliers"), [(1, 10, 2), (2, 10, 2), (3, 9, 3), (4, 8, 0), (10, 10, 0)]
)
def test_devices_get_equally_many_images_and_outliers(devices, size, outliers):
    source = LabelledImages(images(20).pixels, ("ag",) * 20, tuple(map(str, range(20))))
    encode = Vocabulary("ag").encode_batch
    settings = {"batch_size": 10, "seed": 7, "augment": None, "outlier_share": 0.2}
    data = Batches(source, encode, devices=devices, **settings)
    pixels, targets = data.batch(0, 0)
    assert data.size == size
    assert len(pixels) == len(targets) == size + outliers
    assert len(data) == 20 // size


def test_a_batch_needs_an_image_for_every_device():
    with pytest.raises(TrainingError, match="batch of 4 images is too small for 5 devices"):
        batches(4, devices=5)


def test_images_of_any_width_are_batches_of_one():
    pixels = tuple(np.full((8, 16 * (1 + n % 3), 1), n, np.uint8) for n in range(35))
    labels = tuple(f"{n}" for n in range(35))
    data = Batches(
        LabelledImages(pixels, labels, labels),
        encode=lambda labels: np.array([[int(label)] for label in labels], np.int32),
        batch_size=2,
        seed=1,
        augment=None,
        any_width=True,
        workers=3,
    )
    assert len(data) == 17
    with data.ahead(range(2)) as prepared:
        found = list(prepared)
    for epoch in (0, 1):
        part = found[17 * epoch : 17 * (epoch + 1)]
        seen = [t for _, targets in part for t in targets[:, 0].tolist()]
        assert len(set(seen)) == 34
    for number, (images, targets) in enumerate(found):
        assert images.shape[2] in (16, 32, 48)
        np.testing.assert_allclose(images[:, 0, 0, 0] * 255, targets[:, 0], rtol=1e-5)
        again = data.batch(*divmod(number, 17))
        np.testing.assert_array_equal(again[0], images)
    assert len({images.shape[2] for images, _ in found}) == 3


def test_images_without_an_end_are_new_in_every_epoch():
    class Endless:
        label_lengths = (1, 1)

        def __len__(self):
            return 6

        def select(self, indices):
            labels = tuple(str(i) for i in indices)
            return LabelledImages(np.zeros((len(labels), 8, 8, 1), np.uint8), labels, labels)

    data = Batches(
        Endless(),
        encode=lambda labels: np.array([[int(label)] for label in labels], np.int32),
        batch_size=2,
        seed=1,
        augment=None,
        endless=True,
    )
    with data.ahead(range(2)) as prepared:
        assert [t for _, targets in prepared for t in targets[:, 0]] == [*range(12)]
