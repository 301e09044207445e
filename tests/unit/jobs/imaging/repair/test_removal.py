"""Objects are taken out of pictures whose background is known, and what is drawn instead is held against it."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from jobs.imaging.repair import grain
from jobs.imaging.repair.filling import fill
from jobs.imaging.repair.removal import remove
from jobs.imaging.repair.traces import find_traces

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

SIZE = 320


def sweep(noise: float = 2.0) -> U8:
    """A wall that grows darker downwards and to the right, with grain."""
    y, x = np.mgrid[0 : 1 : SIZE * 1j, 0 : 1 : SIZE * 1j]
    level = 214 - 46 * y - 18 * x * x
    grainy = level + np.random.default_rng(3).normal(0, noise, level.shape)
    return np.clip(np.dstack([grainy, grainy * 0.98, grainy * 0.95]), 0, 255).astype(np.uint8)


def planks() -> U8:
    """Boards with dark joints every 40 pixels and a fine vein along them."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    vein = 14 * np.sin(y * 0.8 + 3 * np.sin(x * 0.02))
    joint = np.where(y % 40 < 3, -70, 0)
    base = 150 + vein + joint
    return np.clip(np.dstack([base, base * 0.8, base * 0.6]), 0, 255).astype(np.uint8)


def bottle() -> F32:
    alpha = np.zeros((SIZE, SIZE), np.float32)
    cv2.rectangle(alpha, (136, 90), (184, 220), 1.0, -1)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.8), np.float32)


BOX = (136, 90, 185, 221)


def shadowed(ground: U8, strength: float = 0.55) -> tuple[U8, F32]:
    """A blue bottle on the ground, throwing a soft shadow to the right; and that shadow, 0..1."""
    alpha = bottle()
    dark = np.zeros_like(alpha)
    cv2.ellipse(dark, (210, 224), (62, 11), 0, 0, 360, 1.0, -1)
    dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 4), np.float32)
    lit = ground.astype(np.float32) * (1 - strength * dark[:, :, None])
    body = np.array([30, 70, 190], np.float32)
    picture = lit * (1 - alpha[:, :, None]) + body * alpha[:, :, None]
    return np.clip(picture, 0, 255).astype(np.uint8), dark


def test_a_gradient_is_closed_without_a_seam_and_with_its_grain() -> None:
    truth = sweep()
    picture, _ = shadowed(truth)
    removed = remove(picture, bottle(), BOX, 5)
    assert removed.method == "surface"
    clean = sweep(0.0).astype(np.float32)
    error = cv2.GaussianBlur(removed.rgb.astype(np.float32) - clean, (0, 0), 4)[removed.hole]
    assert float(np.abs(error).max()) < 4 and float(np.abs(error).mean()) < 1.2
    drawn = removed.rgb[:, :, 1].astype(np.float32) - clean[:, :, 1]
    assert 0.6 < float(drawn[removed.hole].std()) / float(drawn[~removed.hole].std()) < 1.5


def test_a_shadow_goes_with_its_object() -> None:
    picture, dark = shadowed(sweep())
    traces = find_traces(picture, bottle(), BOX)
    assert float(traces.hole[dark > 0.3].mean()) > 0.97
    assert traces.hole.mean() < 0.3 and traces.mirror == 0.0


def test_a_hovering_object_takes_its_separate_shadow_along() -> None:
    picture, _ = shadowed(sweep(), strength=0.0)
    dark = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(dark, (160, 262), (40, 8), 0, 0, 360, 0.5, -1)
    dark = np.asarray(cv2.GaussianBlur(dark, (0, 0), 3), np.float32)
    picture = np.clip(picture * (1 - dark[:, :, None]), 0, 255).astype(np.uint8)
    assert float(find_traces(picture, bottle(), BOX).hole[dark > 0.25].mean()) > 0.95


def test_a_mirror_image_is_found_with_its_strength() -> None:
    picture, _ = shadowed(sweep(0.5), strength=0.0)
    stripes = picture.copy()
    for y in range(96, 220, 16):
        stripes[y : y + 8, 138:183] = (220, 60, 40)
    light = stripes[121:221][::-1].astype(np.float32)
    stripes[221:320, 138:183] = (0.6 * stripes[221:320, 138:183] + 0.4 * light[:99, 138:183]).astype(np.uint8)
    traces = find_traces(stripes, bottle(), BOX)
    assert 0.2 < traces.mirror < 0.85
    assert float(traces.hole[225:270, 142:178].mean()) > 0.95


def test_boards_run_on_behind_what_stood_before_them() -> None:
    truth = planks()
    hole = cv2.dilate((bottle() > 0.01).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    spoiled = truth.copy()
    spoiled[hole] = (255, 0, 255)
    filled = fill(spoiled, hole, 1)
    assert filled.method == "patches"
    error = np.abs(filled.rgb.astype(float) - truth)[hole].mean()
    flat = np.abs(truth[~hole].mean(axis=0) - truth.astype(float))[hole].mean()
    assert error < 0.85 * flat
    joints = filled.rgb[:, 160, 0].astype(float)[90:222].reshape(-1)
    assert joints[[y - 90 for y in (121, 161, 201)]].mean() < joints.mean() - 30


@pytest.mark.parametrize("ground", [sweep(), planks()], ids=["surface", "patches"])
def test_only_the_hole_is_touched_and_the_seed_decides(ground: U8) -> None:
    picture, _ = shadowed(ground)
    one, again = remove(picture, bottle(), BOX, 7), remove(picture, bottle(), BOX, 7)
    assert np.array_equal(one.rgb, again.rgb)
    assert np.array_equal(one.rgb[~one.hole], picture[~one.hole])


def test_a_hole_without_surroundings_is_refused() -> None:
    with pytest.raises(ValueError, match="too little"):
        fill(sweep(), np.ones((SIZE, SIZE), np.bool_))
    assert fill(sweep(), np.zeros((SIZE, SIZE), np.bool_)).method == "none"


@pytest.mark.parametrize("sigma", [1.0, 3.0, 6.0])
def test_grain_is_measured_and_made_alike(sigma: float) -> None:
    found = grain.measure(sweep(sigma))
    assert found.sigma == pytest.approx(sigma, rel=0.35)
    made = grain.laid((200, 200), found, 4)
    assert abs(float(made.mean())) < 0.2 and float(made[:, :, 1].std()) == pytest.approx(found.sigma, rel=0.2)
