"""The network's part: what it is fed, when it is believed, when the picture has no subject."""

import numpy as np
import pytest
from scene_maker import StubNetwork, always, darker_than, disc, mixed

from jobs.imaging.faults import NoSubject
from jobs.imaging.matting import KINDS, box_of, find_subject, probability, widened


def test_a_disc_is_found_where_it_is() -> None:
    alpha = disc(240, 50, centre=(90, 140))
    subject = find_subject(mixed(alpha, (20, 20, 20), (240, 240, 240)), darker_than(0.0))
    assert subject.alpha.shape == (240, 240) and subject.alpha.dtype == np.float32
    assert all(abs(a - b) <= 3 for a, b in zip(subject.box, (40, 90, 140, 190), strict=True))
    assert subject.confidence > 0.9


@pytest.mark.parametrize("value", [0.0, 0.03, 0.49])
def test_an_unsure_network_means_no_subject(value: float) -> None:
    with pytest.raises(NoSubject) as caught:
        find_subject(np.full((80, 80, 3), 255, np.uint8), always(value))
    assert caught.value.code == "no_subject"


def test_a_speck_is_no_subject() -> None:
    speck = disc(400, 4)
    with pytest.raises(NoSubject):
        find_subject(mixed(speck, (0, 0, 0), (250, 250, 250)), darker_than(0.0))


def test_the_second_look_sees_only_the_surroundings_of_the_first() -> None:
    network = darker_than(0.0)
    find_subject(mixed(disc(300, 40), (10, 10, 10), (245, 245, 245)), network)
    assert [fed.shape for fed in network.fed] == [(1, 3, 320, 320)] * len(network.fed)
    first, second = ((fed[0].mean(axis=0) < 0).mean() for fed in network.fed[:2])
    assert second > 4 * first


def test_looks_that_differ_ask_a_mirrored_third() -> None:
    answers = iter([disc(320, 90), disc(320, 60), disc(320, 80, centre=(150, 160))])
    network = StubNetwork(lambda fed: next(answers))
    picture = mixed(disc(320, 90), (10, 10, 10), (245, 245, 245))
    picture[:, :150] //= 2
    find_subject(picture, network)
    assert len(network.fed) == 3
    assert np.allclose(network.fed[2], network.fed[1][:, :, :, ::-1])


def test_large_networks_look_once_and_logits_become_probabilities() -> None:
    network = StubNetwork(lambda fed: np.where(disc(1024, 300) > 0.5, 6.0, -6.0).astype(np.float32))
    subject = find_subject(np.full((64, 64, 3), 90, np.uint8), network, "birefnet")
    assert len(network.fed) == 1 and network.fed[0].shape == (1, 3, 1024, 1024)
    assert 0.99 < subject.confidence < 1


def test_pictures_are_scaled_by_their_own_maximum_where_the_network_was_trained_so() -> None:
    grey = np.full((40, 40, 3), 128, np.uint8)
    by_max, by_255 = always(1.0), always(1.0)
    probability(grey, by_max, KINDS["u2net"])
    probability(grey, by_255, KINDS["isnet"])
    assert np.allclose(by_max.fed[0][0, 0], (1 - 0.485) / 0.229, atol=1e-4)
    assert np.allclose(by_255.fed[0], 128 / 255 - 0.5, atol=1e-4)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        find_subject(np.zeros((40, 40, 3), np.uint8), always(1.0), "other")


def test_boxes() -> None:
    assert box_of(np.zeros((5, 5), np.float32)) is None
    assert widened((2, 2, 12, 7), 0.5, 14, 30) == (0, 0, 14, 12)


def board(size: int = 300) -> np.ndarray:
    """A picture with a red product at the top left and a board of 7 x 7 squares at the bottom right."""
    picture = np.full((size, size, 3), 235, np.uint8)
    picture[20:110, 20:130] = (190, 30, 40)
    y, x = np.mgrid[:126, :126]
    picture[150:276, 150:276] = np.where(((y // 18 + x // 18) % 2 == 0)[:, :, None], 15, 250).astype(np.uint8)
    return picture


def test_a_calibration_board_beside_the_product_is_left_out() -> None:
    def sees_both(fed: np.ndarray) -> np.ndarray:
        out = np.zeros((320, 320), np.float32)
        out[int(20 / 300 * 320) : int(110 / 300 * 320), int(20 / 300 * 320) : int(130 / 300 * 320)] = 1
        out[160:294, 160:294] = 1
        return out

    calls: list[int] = []

    def answer(fed: np.ndarray) -> np.ndarray:
        calls.append(1)
        return sees_both(fed) if len(calls) == 1 else np.ones((320, 320), np.float32)

    subject = find_subject(board(), StubNetwork(answer))
    assert subject.alpha[60, 60] > 0.9
    assert subject.alpha[150:276, 150:276].mean() < 0.03


def test_a_board_alone_is_the_subject() -> None:
    picture = np.full((300, 300, 3), 235, np.uint8)
    picture[150:276, 150:276] = board()[150:276, 150:276]

    def answer(fed: np.ndarray) -> np.ndarray:
        out = np.zeros((320, 320), np.float32)
        out[160:294, 160:294] = 1
        return out

    network = StubNetwork(answer)
    first = probability(picture, network, KINDS["u2net"])
    assert float(first[200, 200]) == 1
    assert find_subject(picture, network).alpha[150:276, 150:276].max() > 0.9
