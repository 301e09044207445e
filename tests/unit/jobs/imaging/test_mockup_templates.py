"""Designs on the caller's own template: exact corners, the template's own light, masks, and finding where to print."""

import numpy as np
import numpy.typing as npt
import pytest

from jobs.imaging.mockups.artwork import read_artwork
from jobs.imaging.mockups.placing import Placement
from jobs.imaging.mockups.quad import fill_quad, homography, projected, read_quad, scaled_quad
from jobs.imaging.mockups.surface_finding import around_mask, find_surface
from jobs.imaging.mockups.template import Application, apply_design

U8 = npt.NDArray[np.uint8]
QUAD = [40.0, 30.0, 210.0, 50.0, 190.0, 170.0, 55.0, 150.0]


def plain(value: int = 200, size: tuple[int, int] = (200, 260)) -> U8:
    return np.full((*size, 3), value, np.uint8)


def dots() -> U8:
    """A white design with one dot of each colour in its corners."""
    rgb = np.full((120, 160, 3), 255, np.uint8)
    for (y, x), colour in zip(
        ((0, 0), (0, 1), (1, 1), (1, 0)), ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)), strict=True
    ):
        rgb[y * 112 : y * 112 + 8, x * 152 : x * 152 + 8] = colour
    return rgb


def test_the_homography_meets_the_corners() -> None:
    corners = read_quad(QUAD, (260, 200))
    assert np.abs(projected(homography(corners)) - corners).max() < 1e-6
    assert np.allclose(read_quad([v / (260, 200)[i % 2] for i, v in enumerate(QUAD)], (260, 200)), corners)
    assert np.allclose(scaled_quad(corners, (260, 200), (520, 400)), corners * 2)


@pytest.mark.parametrize(
    "wrong", [QUAD[:7], [*QUAD[:6], 45.0, 32.0], [40.0, 30.0, 55.0, 150.0, 190.0, 170.0, 210.0, 50.0]]
)
def test_corners_that_are_no_quad_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError):
        read_quad(wrong, (260, 200))


def test_the_designs_corners_land_on_the_quads_corners() -> None:
    artwork, _ = read_artwork(np.zeros((120, 160, 3), np.uint8), None, key_ground=False)
    filled = fill_quad(artwork, read_quad(QUAD, (260, 200)), Placement(fit="stretch"), (260, 200))
    assert filled is not None
    x0, y0, _, _ = filled.box
    alpha = np.zeros((200, 260))
    part = filled.laid.pixels[..., 3]
    alpha[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    for x, y in np.reshape(QUAD, (4, 2)):
        inwards = np.sign(np.array([124.0, 100.0]) - (x, y))
        inside, outside = (
            (int(y + 2.5 * inwards[1]), int(x + 2.5 * inwards[0])),
            (int(y - 2 * inwards[1]), int(x - 2 * inwards[0])),
        )
        assert alpha[inside] > 0.9 and alpha[outside] < 0.05


def test_colours_sit_where_the_design_has_them_and_the_rest_is_untouched() -> None:
    artwork, _ = read_artwork(dots(), None, key_ground=False)
    template = plain()
    out = apply_design(template, artwork, Application(read_quad(QUAD, (260, 200)), Placement(fit="stretch"), 0.0))
    assert out[34, 46].argmax() == 0 and out[54, 204].argmax() == 1 and out[165, 186].argmax() == 2
    assert (out[:25] == template[:25]).all() and (out[:, :35] == template[:, :35]).all()


def test_the_templates_shade_goes_through_the_print() -> None:
    template = plain()
    template[:, 130:] = 110
    artwork, _ = read_artwork(np.full((60, 60, 3), (220, 40, 40), np.uint8), None, key_ground=False)
    corners = read_quad([60, 50, 200, 50, 200, 150, 60, 150], (260, 200))
    out = apply_design(template, artwork, Application(corners, Placement(fit="stretch"), 0.0)).astype(int)
    assert out[100, 90, 0] > out[100, 170, 0] + 40
    assert out[100, 170, 0] > 2 * out[100, 170, 1]


def test_hues_survive_a_coloured_ground_unless_told_otherwise() -> None:
    template = plain()
    template[:] = (40, 90, 200)
    artwork, _ = read_artwork(np.full((60, 60, 3), (240, 220, 40), np.uint8), None, key_ground=False)
    corners = read_quad([60, 50, 200, 50, 200, 150, 60, 150], (260, 200))
    kept, mixed = (
        apply_design(template, artwork, Application(corners, Placement(fit="stretch"), 0.0, keep))[100, 130].astype(int)
        for keep in (True, False)
    )
    assert kept[0] > kept[2] + 60 and mixed[0] < 60


def test_a_mask_keeps_the_design_off() -> None:
    artwork, _ = read_artwork(np.zeros((60, 60, 3), np.uint8), None, key_ground=False)
    corners = read_quad([60, 50, 200, 50, 200, 150, 60, 150], (260, 200))
    mask = np.zeros((200, 260), np.float32)
    mask[:, :130] = 1
    out = apply_design(plain(), artwork, Application(corners, Placement(fit="stretch"), 0.0), mask)
    assert out[100, 90].max() < 60 and (out[100, 170] == 200).all()
    found = around_mask(mask[:, 20:])
    assert found is not None and float(np.ptp(found[:, 1])) > 190


def test_folds_bend_the_design_and_only_when_asked() -> None:
    template = plain()
    template[:] = (150 + 60 * np.sin(np.arange(260) / 9))[None, :, None].astype(np.uint8)
    stripes = np.zeros((80, 80, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = 255
    artwork, _ = read_artwork(stripes, None, key_ground=False)
    corners = read_quad([60, 50, 200, 50, 200, 150, 60, 150], (260, 200))
    still, again, bent = (
        apply_design(template, artwork, Application(corners, Placement(fit="stretch"), amount)).astype(int)
        for amount in (0.0, 0.0, 1.0)
    )
    assert (still == again).all() and np.abs(still - bent)[60:140, 70:190].mean() > 2


@pytest.mark.parametrize("effect", ["embroidery", "engrave", "emboss", "foil", "uv"])
def test_effects_work_on_templates(effect: str) -> None:
    y, x = np.mgrid[:90, :90]
    alpha = (np.hypot(x - 45, y - 45) < 40).astype(np.uint8) * 255
    artwork, _ = read_artwork(np.full((90, 90, 3), (30, 120, 60), np.uint8), alpha, key_ground=True)
    corners = read_quad([60, 40, 200, 40, 200, 160, 60, 160], (260, 200))
    out = apply_design(plain(), artwork, Application(corners), effect=effect).astype(int)
    assert np.abs(out - 200)[40:160, 70:190].mean() > 1 and (out[:20] == 200).all()


def test_a_blank_panel_is_found_with_its_corners() -> None:
    rng = np.random.default_rng(3)
    template = rng.integers(40, 120, (300, 400, 3)).astype(np.uint8)
    corners = np.array([[120, 60], [290, 80], [280, 240], [110, 220]])
    import cv2

    cv2.fillConvexPoly(template, corners.astype(np.int32), (235, 235, 232))
    found = find_surface(template, 1.0)
    assert found.how == "panel" and np.abs(found.corners - corners).max() < 9


def test_without_a_panel_the_calm_of_the_subject_is_taken() -> None:
    rng = np.random.default_rng(5)
    template = rng.integers(0, 255, (300, 300, 3)).astype(np.uint8)
    y, x = np.mgrid[:300, :300]
    subject = (np.hypot((x - 160) / 80, (y - 155) / 110) < 1).astype(np.float32)
    template[subject > 0] = 130
    found = find_surface(template, 0.8, subject)
    x0, y0, x1, y1 = *found.corners.min(axis=0), *found.corners.max(axis=0)
    assert found.how == "calm" and (x1 - x0) / (y1 - y0) == pytest.approx(0.8, rel=0.1)
    assert subject[round(y0) : round(y1), round(x0) : round(x1)].mean() > 0.93 and x1 - x0 > 50
