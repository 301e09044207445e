"""Planning, sizes and tiling of enlargement with networks that are made up here; no model file is needed."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from jobs.imaging.bleed import bleed
from jobs.imaging.tiles import boxes, run_step
from jobs.imaging.upscale import LONGEST_SIDE, STEPS, Networks, enlarger, final_size, plan, upscale

ALL = tuple(STEPS)


class Doubler:
    """A network that repeats every pixel and, like waifu2x, may eat a border. Remembers the tiles it was given."""

    def __init__(self, scale: int = 2, eaten: int = 0) -> None:
        self.scale, self.eaten, self.seen = scale, eaten, 0

    def get_inputs(self) -> Sequence[Any]:
        return [SimpleNamespace(name="x")]

    def run(self, output_names: Sequence[str] | None, input_feed: dict[str, Any], /) -> Sequence[Any]:
        self.seen += 1
        picture = input_feed["x"]
        assert picture.dtype == np.float32 and picture.shape[:2] == (1, 3) and 0 <= picture.min() <= picture.max() <= 1
        inner = picture[:, :, self.eaten : picture.shape[2] - self.eaten, self.eaten : picture.shape[3] - self.eaten]
        return [inner.repeat(self.scale, 2).repeat(self.scale, 3)]


def nothing() -> None:
    return None


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "factor", "longest", "expected"),
    [
        ((100, 50), 2, None, (200, 100)),
        ((100, 50), 0.5, None, (100, 50)),
        ((5000, 2500), 4, None, (LONGEST_SIDE, 6000)),
        ((13000, 10), 2, None, (13000, 10)),
        ((300, 400), None, 1000, (750, 1000)),
        ((300, 400), None, 20_000, (9000, 12000)),
    ],
)
def test_the_final_size_keeps_the_ratio_and_the_limit(size, factor, longest, expected):
    assert final_size(*size, factor, longest) == expected


@pytest.mark.parametrize("both", [(2, 100), (None, None)])
def test_exactly_one_way_of_asking_is_taken(both):
    with pytest.raises(ValueError, match="either a factor or"):
        final_size(10, 10, *both)


@pytest.mark.parametrize(
    ("pixels", "factor", "quality", "available", "expected"),
    [
        (1_000_000, 4, None, ALL, ["span-x4"]),
        (1_000_000, 2, None, ALL, ["span-x2"]),
        (300_000, 8, None, ALL, ["span-x4", "span-x2"]),
        (1_000_000, 8, None, ALL, ["span-x4"]),
        (1_000_000, 4, 90, ALL, ["waifu2x-n0", "span-x2"]),
        (1_000_000, 2, 70, ALL, ["waifu2x-n1"]),
        (1_000_000, 2, 30, ALL, ["waifu2x-n3"]),
        (1_000_000, 2, 30, ("span-x2",), ["span-x2"]),
        (1_000_000, 4, None, ("span-x2",), ["span-x2", "span-x2"]),
        (12_000_000, 2, None, ALL, []),
        (1_000_000, 4, None, (), []),
        (1_000_000, 1.01, None, ALL, []),
        (1_000_000, 2.9, None, ALL, ["span-x4"]),
    ],
)
def test_the_plan_follows_source_budget_and_what_is_there(pixels, factor, quality, available, expected):
    assert [step.network for step in plan(pixels, factor, quality, available)] == expected


def test_tiles_cover_the_area_once():
    hits = np.zeros((450, 701), int)
    for top, left, bottom, right in boxes(450, 701, 224):
        assert bottom - top <= 224 and right - left <= 224
        hits[top:bottom, left:right] += 1
    assert (hits == 1).all()


@pytest.mark.parametrize("name", ["span-x2", "span-x4", "waifu2x-n1"])
@pytest.mark.parametrize("shape", [(300, 450), (5, 3), (1, 1), (224, 225)])
def test_tiled_pixels_land_where_they_belong(name, shape):
    step, picture = STEPS[name], noise(*shape)
    out = run_step(picture, step, Doubler(step.scale, step.eaten), nothing)
    np.testing.assert_array_equal(out, picture.repeat(step.scale, 0).repeat(step.scale, 1))


def test_tiles_without_anything_to_see_skip_the_network():
    net, active = Doubler(), np.zeros((448, 224), bool)
    active[300, 10] = True
    run_step(noise(448, 224), STEPS["span-x2"], net, nothing, active)
    assert net.seen == 1


def test_the_network_cannot_leave_the_range_of_its_neighbours():
    class Overshooting(Doubler):
        def run(self, output_names, input_feed, /):
            return [super().run(output_names, input_feed)[0] * 1.2 - 0.1]

    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = 200
    out = run_step(picture, STEPS["span-x2"], Overshooting(), nothing)
    assert (out.min(), out.max()) == (60, 200)


def test_the_deadline_is_asked_before_every_tile():
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run_step(noise(448, 448), STEPS["span-x2"], Doubler(), check)


def test_without_networks_it_is_lanczos_and_says_so():
    picture = cv2.GaussianBlur(noise(60, 80), (0, 0), 3)
    done = upscale(picture, None, {}, factor=3)
    assert (done.rgb.shape, done.alpha, done.method) == ((180, 240, 3), None, "lanczos")
    back = cv2.resize(done.rgb, (80, 60), interpolation=cv2.INTER_AREA)
    assert np.abs(back.astype(int) - picture).mean() < 2


def test_interpolation_draws_no_rings_around_edges():
    picture, alpha = np.full((40, 50, 3), 70, np.uint8), np.zeros((40, 50), np.uint8)
    picture[:, 25:], alpha[:, 25:] = 190, 255
    done = upscale(picture, alpha, {}, factor=3.3)
    assert done.alpha is not None
    assert done.alpha[:, :70].max() == 0 and done.alpha[:, 95:].min() == 255
    plain = upscale(picture, None, {}, factor=30)
    assert (plain.rgb.shape, plain.rgb.min(), plain.rgb.max()) == ((1200, 1500, 3), 70, 190)


@pytest.mark.parametrize(
    ("factor", "method", "shape"),
    [(4, "span-x4", (80, 120)), (3, "span-x4+area", (60, 90)), (5, "span-x4+span-x2+area", (100, 150))],
)
def test_the_method_names_every_step(factor, method, shape):
    nets = {"span-x4": Doubler(4), "span-x2": Doubler(2)}
    done = upscale(noise(20, 30), None, nets, factor=factor)
    assert (done.method, done.rgb.shape[:2]) == (method, shape)


def test_beyond_the_budget_the_rest_is_interpolated():
    done = upscale(noise(20, 30), None, {"span-x2": Doubler(2)}, factor=4, budget=700)
    assert (done.method, done.rgb.shape[:2]) == ("span-x2+lanczos", (80, 120))


def test_a_pass_that_takes_too_long_is_given_up_and_not_named():
    seconds = iter(range(1000))
    nets = {"span-x2": Doubler(2)}

    def slow(patience: float) -> str:
        return upscale(noise(300, 300), None, nets, factor=4, patience=patience, clock=lambda: next(seconds)).method

    assert [slow(2), slow(8), slow(100)] == ["lanczos", "span-x2+lanczos", "span-x2+span-x2"]
    half = upscale(noise(300, 300), np.full((300, 300), 128, np.uint8), nets, factor=2, patience=-1)
    assert half.method == "lanczos" and half.alpha is not None and half.alpha.shape == half.rgb.shape[:2]


def test_a_picture_at_its_limit_is_returned_as_it_is():
    picture = noise(10, LONGEST_SIDE)
    assert upscale(picture, None, {}, factor=4).method == "none"


@pytest.mark.parametrize("nets", [{}, {"span-x2": Doubler(2)}])
def test_hidden_colours_never_reach_an_edge(nets):
    """A red disc whose transparent pixels hide bright green: over any ground, no pixel may turn green."""
    yy, xx = np.mgrid[:96, :96]
    alpha = np.clip((30 - np.hypot(yy - 48, xx - 48)) * 128 + 128, 0, 255).astype(np.uint8)
    rgb = np.where(alpha[:, :, None] > 0, np.uint8([220, 20, 20]), np.uint8([0, 255, 0])).astype(np.uint8)
    done = upscale(rgb, alpha, nets, factor=2)
    assert done.alpha is not None
    assert done.rgb[done.alpha > 0][:, 1].max() <= 22
    assert done.rgb[done.alpha > 0][:, 0].min() >= 215
    assert done.alpha[:40, :40].max() == 0 and done.alpha[80:112, 80:112].min() == 255


def test_bleeding_changes_no_opaque_pixel_and_fills_smoothly():
    rgb, alpha = noise(700, 90), np.zeros((700, 90), np.uint8)
    alpha[200:650, 30:60] = 255
    filled = bleed(rgb, alpha)
    np.testing.assert_array_equal(filled[alpha == 255], rgb[alpha == 255])
    assert np.abs(np.diff(filled[:150].astype(int), axis=0)).max() < 40
    np.testing.assert_array_equal(bleed(rgb, np.zeros_like(alpha)), rgb)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (513, 3)])
def test_bleeding_takes_any_shape(shape):
    alpha = np.zeros(shape, np.uint8)
    alpha[0, 0] = 255
    rgb = np.full((*shape, 3), 90, np.uint8)
    np.testing.assert_allclose(bleed(rgb, alpha), rgb, atol=1)


def test_the_enlarger_uses_networks_only():
    assert enlarger({}, factor=4)(noise(10, 10)).shape == (10, 10, 3)
    assert enlarger({"span-x4": Doubler(4)}, factor=4)(noise(10, 10)).shape == (40, 40, 3)


def test_the_enlarger_stays_within_its_own_budget():
    nets = {"waifu2x-n0": Doubler(2, 7), "span-x2": Doubler(2)}
    grow = enlarger(nets, factor=4, jpeg_quality=95, budget=1000)
    assert [grow(noise(side, 20)).shape[0] for side in (10, 40, 60)] == [40, 80, 60]


def test_networks_are_not_opened_by_looking_at_what_is_there(tmp_path):
    nets = Networks({"span-x2": tmp_path / "absent.onnx", "u2net": tmp_path / "other.onnx"}, 1)
    assert list(nets) == ["span-x2"] and "span-x2" in nets and "u2net" not in nets
    assert [step.network for step in plan(100, 2, None, nets)] == ["span-x2"]
