"""Clip-art: exact size, kept aspect, edges without halo on any ground, hidden colour never seen."""

import io

import numpy as np
import pytest
from metadata_scanner import names
from PIL import Image

from jobs.imaging.bleed import bleed
from jobs.imaging.clipart import LONGEST_SIDE, clipart, resized


def disc(side: int, colour: tuple[int, int, int], hidden: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """An antialiased disc of one colour whose transparent pixels hide another."""
    yy, xx = np.mgrid[:side, :side] - (side - 1) / 2
    alpha = np.clip(side * 0.35 - np.hypot(xx, yy) + 0.5, 0, 1)
    rgb = np.where((alpha > 0)[:, :, None], np.array(colour), np.array(hidden)).astype(np.uint8)
    return rgb, (alpha * 255 + 0.5).astype(np.uint8)


@pytest.mark.parametrize("side", [90, 300, 1000])
@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255), (0, 255, 0)])
def test_no_halo_growing_or_shrinking(side: int, hidden: tuple[int, int, int]) -> None:
    """Wherever anything is visible, the colour is the disc's own: over any ground the edge is a pure blend."""
    rgb, alpha = disc(side, (210, 60, 40), hidden)
    pixels, _ = resized(rgb, alpha, 400)
    visible = pixels[:, :, 3] > 0
    worst = np.abs(pixels[visible][:, :3].astype(int) - (210, 60, 40)).max(axis=1)
    assert worst[pixels[visible][:, 3] >= 16].max() <= 4
    assert worst.max() <= 25


def test_translucent_washes_keep_their_colour() -> None:
    rgb = np.zeros((80, 80, 3), np.uint8)
    alpha = np.zeros((80, 80), np.uint8)
    rgb[:, :40], alpha[:, :40] = (200, 30, 30), 255
    rgb[:, 40:70], alpha[:, 40:70] = (20, 30, 220), 90
    pixels, _ = resized(rgb, alpha, 160)
    assert np.abs(pixels[80, 110].astype(int) - (20, 30, 220, 90)).max() <= 2


def test_bleed_changes_no_visible_pixel() -> None:
    rgb, alpha = disc(120, (10, 200, 90), (255, 0, 255))
    out = bleed(rgb, alpha, 32)
    assert (out[alpha >= 32] == rgb[alpha >= 32]).all()
    assert np.abs(out[alpha == 0].astype(int) - (10, 200, 90)).max() <= 6


def test_aspect_and_margins_are_kept() -> None:
    rgb, alpha = disc(200, (9, 9, 9), (0, 0, 0))
    wide = np.pad(rgb, ((0, 0), (100, 0), (0, 0))), np.pad(alpha, ((0, 0), (100, 0)))
    pixels, _ = resized(*wide, 600)
    assert pixels.shape == (400, 600, 4)
    assert (pixels[:, :190, 3] == 0).all()
    columns = np.flatnonzero(pixels[:, :, 3].any(axis=0))
    assert abs(columns[0] - (100 + 200 * 0.15) * 2) <= 3


def test_clear_stays_clear_and_solid_stays_solid() -> None:
    rgb, alpha = disc(100, (250, 250, 250), (0, 0, 0))
    pixels, _ = resized(rgb, alpha, 333)
    centre = pixels[150:180, 150:180, 3]
    assert (centre == 255).all() and (pixels[:30, :30, 3] == 0).all()
    assert pixels[0, 0, 3] == 0


def test_file_is_a_300_dpi_png_of_3600() -> None:
    rgb, alpha = disc(60, (90, 10, 200), (0, 0, 0))
    made = clipart(rgb[:45], alpha[:45])
    image = Image.open(io.BytesIO(made.data))
    assert (made.width, made.height) == image.size == (LONGEST_SIDE, 2700)
    assert image.mode == "RGBA" and round(image.info["dpi"][0]) == 300 and made.has_alpha
    assert set(names(made.data)) == {"IHDR", "iCCP", "pHYs", "IDAT", "IEND"}


def test_opaque_input_stays_an_opaque_png() -> None:
    made = clipart(np.full((30, 40, 3), 7, np.uint8), None, longest=80)
    image = Image.open(io.BytesIO(made.data))
    assert image.mode == "RGB" and image.size == (80, 60) and not made.has_alpha


def test_enlarge_gets_colours_without_halo_and_the_alpha_as_grey() -> None:
    seen: list[np.ndarray] = []

    def double(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels)
        return pixels.repeat(2, 0).repeat(2, 1)

    rgb, alpha = disc(100, (10, 200, 90), (255, 0, 255))
    pixels, method = resized(rgb, alpha, 300, double)
    assert method == "enlarge+cubic" and pixels.shape == (300, 300, 4) and len(seen) == 2
    assert np.abs(seen[0].astype(int) - (10, 200, 90)).max() <= 6
    assert (seen[1][:, :, 0] == alpha).all()
    assert resized(rgb, alpha, 120, double)[1] == "cubic" and len(seen) == 2
