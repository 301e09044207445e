"""A product takes an old object's place in made-up photographs whose light is known."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from jobs.imaging.restaging.focus import sharpness_of, softened
from jobs.imaging.restaging.lighting import measure_light, project
from jobs.imaging.restaging.placing import Wish, product_place, shown_part
from jobs.imaging.restaging.scene import Order, Piece, restage
from jobs.imaging.restaging.standing import Manner

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

SIDE = 300
BOX = (125, 90, 171, 211)


def silhouette() -> F32:
    alpha = np.zeros((SIDE, SIDE), np.float32)
    cv2.rectangle(alpha, (BOX[0], BOX[1]), (BOX[2] - 1, BOX[3] - 1), 1.0, -1)
    return alpha


def scene(lean: float, lay: float = 0.25, tint: tuple[float, float, float] = (1, 1, 1)) -> tuple[U8, U8, F32]:
    """A box on a pale sweep throwing its shadow; the same sweep empty; the box's alpha."""
    alpha = silhouette()
    y = np.linspace(0, 1, SIDE)[:, None, None]
    empty = np.clip((205 - 25 * y) * np.array(tint) + np.zeros((SIDE, SIDE, 3)), 0, 255)
    dark = project(alpha, BOX, "thrown", lean, lay, 5.0)[:, :, None]
    picture = empty * (1 - 0.5 * dark) * (1 - alpha[:, :, None]) + np.array([120, 60, 50]) * alpha[:, :, None]
    return picture.astype(np.uint8), empty.astype(np.uint8), alpha


def product() -> Piece:
    rgb = np.full((200, 200, 3), 128, np.uint8)
    rgb[20:180:4] = (200, 190, 60)
    alpha = np.zeros((200, 200), np.float32)
    alpha[20:180, 60:140] = 1
    return Piece(rgb, alpha, (60, 20, 140, 180))


@pytest.mark.parametrize(("lean", "side"), [(0.75, -1), (-0.75, 1)])
def test_the_shadow_tells_where_the_light_comes_from(lean: float, side: int) -> None:
    light = measure_light(*scene(lean), BOX)
    assert light.cast.kind == "thrown" and abs(light.cast.lean - lean) <= 0.3
    assert abs(light.cast.lay - 0.25) <= 0.15 and np.sign(light.side) == side
    assert 0.5 < light.cast.strength <= 0.9  # half of the sRGB level is four fifths of the light


def test_without_a_shadow_nothing_is_made_up() -> None:
    _, empty, alpha = scene(0.5)
    light = measure_light(empty, empty, alpha * 0, BOX)
    assert light.cast.kind == "none" and abs(light.side) < 0.1


def test_warm_light_is_seen_as_warm() -> None:
    warm = measure_light(*scene(0.5, tint=(1.0, 0.9, 0.75)), BOX).tint
    plain = measure_light(*scene(0.5), BOX).tint
    assert warm[0] > 1.02 > 0.98 > warm[2] and max(abs(part - 1) for part in plain) < 0.02


def test_the_product_stands_on_the_old_foot_line_and_throws_the_old_shadow() -> None:
    picture, _, alpha = scene(0.75)
    made = restage(picture, Piece(picture, alpha, BOX), product(), Order((SIDE, SIDE)))
    assert made.facts["replaced"] and abs(made.place[3] - BOX[3]) <= 2
    assert abs((made.place[0] + made.place[2]) / 2 - 148) <= 2
    level = made.rgb.astype(float).mean(axis=2)
    right = level[made.place[3] - 4 : made.place[3] + 22, made.place[2] + 14 : made.place[2] + 40]
    left = level[made.place[3] - 4 : made.place[3] + 22, made.place[0] - 40 : made.place[0] - 14]
    assert right.mean() < left.mean() - 10


def test_a_locked_background_stays_byte_for_byte_and_an_unlocked_one_is_graded() -> None:
    picture, _, alpha = scene(0.5)
    order = Order((SIDE, SIDE), seed=3)
    made = restage(picture, Piece(picture, alpha, BOX), product(), order)
    assert made.touched is not None
    x0, y0, x1, y1 = made.touched
    outside = np.ones((SIDE, SIDE), bool)
    outside[y0:y1, x0:x1] = False
    assert outside.any() and np.array_equal(made.rgb[outside], picture[outside])
    again = restage(picture, Piece(picture, alpha, BOX), product(), order)
    assert np.array_equal(again.rgb, made.rgb)
    free = restage(picture, Piece(picture, alpha, BOX), product(), replace(order, lock=False))
    assert free.touched is None and not np.array_equal(free.rgb[outside], picture[outside])


@pytest.mark.parametrize(
    "manner",
    [Manner(lighting=False), Manner(colour=False), Manner(focus=False), Manner(shadow="none"), Manner(shadow="hard"),
     Manner(shadow="soft"), Manner(shadow="contact"), Manner(shadow="reflection")],
)  # fmt: skip
def test_every_wish_shows(manner: Manner) -> None:
    picture, _, alpha = scene(0.75, tint=(1.0, 0.9, 0.75))
    blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)
    hero = Piece(blurred, alpha, BOX)
    plain = restage(blurred, hero, product(), Order((SIDE, SIDE)))
    other = restage(blurred, hero, product(), Order((SIDE, SIDE), manner=manner))
    assert not np.array_equal(plain.rgb, other.rgb)


def test_the_old_object_may_stay() -> None:
    picture, _, alpha = scene(0.5)
    made = restage(picture, None, product(), Order((SIDE, SIDE), Wish(box=(0.7, 0.5, 0.2, 0.3)), replace=False))
    assert not made.facts["replaced"]
    assert np.array_equal(made.rgb[100:180, 130:165], picture[100:180, 130:165])


@pytest.mark.parametrize("box", [(0.1, 0.2, 0.3, 0.5), (0.5, 0.1, 0.4, 0.8)])
def test_a_box_holds_the_product(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = product_place((400, 300), (50, 100), None, 0, Wish(box=box), False)
    assert x0 >= box[0] * 400 - 1 and x1 <= (box[0] + box[2]) * 400 + 1
    assert y0 >= box[1] * 300 - 1 and y1 == pytest.approx((box[1] + box[3]) * 300)


def test_positions_move_the_product_and_nearer_is_larger() -> None:
    def place(wish: Wish) -> tuple[float, float, float, float]:
        return product_place((400, 400), (50, 100), (180, 150, 220, 250), 250, wish, False)

    auto, low = place(Wish()), place(Wish("bottom"))
    assert place(Wish("left"))[0] < auto[0] < place(Wish("right"))[0]
    assert low[3] > auto[3] and low[3] - low[1] > auto[3] - auto[1]
    even = place(Wish("bottom", perspective=False))
    assert even[3] == low[3] and even[3] - even[1] == pytest.approx(auto[3] - auto[1])
    assert place(Wish(scale=0.5))[3] - place(Wish(scale=0.5))[1] == pytest.approx(200)


@pytest.mark.parametrize("ratio", [1.0, 0.5625, 1.7778])
def test_the_shown_part_keeps_the_product_whole(ratio: float) -> None:
    for place in ((10, 100, 110, 300), (700, 200, 790, 590)):
        x0, y0, x1, y1 = shown_part((800, 600), ratio, place)
        assert (x1 - x0) / (y1 - y0) == pytest.approx(ratio, rel=1e-3)
        assert x0 <= place[0] and place[2] <= x1 and y0 <= place[1] and place[3] <= y1


def test_a_sharp_product_is_softened_to_a_soft_scene_and_never_sharpened() -> None:
    piece = product()
    light = (piece.rgb.astype(np.float32) / 255) ** 2
    where = piece.alpha > 0.9
    sharp = sharpness_of(light, where)
    soft = sharpness_of(np.asarray(cv2.GaussianBlur(light, (0, 0), 1.5), np.float32), where)
    assert sharp is not None and soft is not None and soft < sharp - 0.1
    blurred, _ = softened(light * piece.alpha[:, :, None], piece.alpha, soft)
    now = sharpness_of(blurred, piece.alpha > 0.9)
    assert now is not None and now < sharp - 0.05
    same, _ = softened(light * piece.alpha[:, :, None], piece.alpha, 1.0)
    assert np.array_equal(same, light * piece.alpha[:, :, None])
