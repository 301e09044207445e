"""Enlargement with the real networks: fidelity, seams and edges. Skips by name without the model files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from jobs.imaging import tiles
from jobs.imaging.tiles import run_step
from jobs.imaging.upscale import STEPS, Networks, upscale
from jobs.models.catalogue import installed

MODELS = Path(__file__).parents[2] / ".models"


@pytest.fixture(scope="module")
def nets() -> Networks:
    there = installed(MODELS)
    absent = [name for name in STEPS if name not in there]
    if absent:
        pytest.skip(f"models not fetched: {', '.join(absent)}")
    return Networks(there, 2)


def drawing(side: int) -> np.ndarray:
    """Discs, bars and letters in flat colours, drawn large and reduced: RGB uint8."""
    big = np.full((side * 4, side * 4, 3), (245, 240, 225), np.uint8)
    cv2.circle(big, (side, side), side * 3 // 4, (200, 40, 30), -1, cv2.LINE_AA)
    cv2.rectangle(big, (side * 2, side // 2), (side * 7 // 2, side), (30, 70, 160), -1)
    for index in range(6):
        cv2.line(big, (side * 2, side * 2 + index * 60), (side * 4 - 40, side * 2 + index * 90), (20, 20, 20), 14)
    cv2.putText(big, "Print", (side // 4, side * 3), cv2.FONT_HERSHEY_DUPLEX, side / 40, (10, 90, 60), 18, cv2.LINE_AA)
    return cv2.resize(big, (side, side), interpolation=cv2.INTER_AREA)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2)))


def compressed(rgb: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


@pytest.mark.parametrize("factor", [2, 4])
def test_a_clean_drawing_comes_back_sharper_than_by_interpolation(nets: Networks, factor: int):
    truth = drawing(240)
    small = cv2.resize(truth, (240 // factor,) * 2, interpolation=cv2.INTER_AREA)
    done = upscale(small, None, nets, factor=factor)
    plain = upscale(small, None, {}, factor=factor)
    assert done.method == f"span-x{factor}"
    assert psnr(truth, done.rgb) > psnr(truth, plain.rgb) + 1.5


def test_block_noise_of_a_jpeg_is_taken_away(nets: Networks):
    truth = drawing(240)
    small = compressed(cv2.resize(truth, (120, 120), interpolation=cv2.INTER_AREA), 50)
    cleaned = upscale(small, None, nets, factor=2, jpeg_quality=50)
    as_is = upscale(small, None, nets, factor=2)
    assert cleaned.method == "waifu2x-n3-x2"
    assert psnr(truth, cleaned.rgb) > psnr(truth, as_is.rgb) + 0.5


@pytest.mark.parametrize("name", ["span-x2", "span-x4", "waifu2x-n1"])
def test_tiles_leave_no_seam(nets: Networks, name: str, monkeypatch: pytest.MonkeyPatch):
    picture = np.ascontiguousarray(drawing(150)[:140])
    whole_step = STEPS[name]
    monkeypatch.setattr(tiles, "TILE", 1000)
    whole = run_step(picture, whole_step, nets[name], lambda: None)
    monkeypatch.setattr(tiles, "TILE", 75)
    tiled = run_step(picture, whole_step, nets[name], lambda: None)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def test_a_cut_out_keeps_its_edge_on_dark_and_light_ground(nets: Networks):
    """A red disc over hidden green, doubled, against the same disc drawn at twice the size."""

    def disc(side: int) -> np.ndarray:
        yy, xx = np.mgrid[:side, :side] + 0.5
        return (np.clip(side * 0.3 - np.hypot(yy - side / 2, xx - side / 2) + 0.5, 0, 1) * 255).round().astype(np.uint8)

    alpha = disc(120)
    hidden = np.where(alpha[:, :, None] > 0, np.uint8([210, 30, 30]), np.uint8([0, 255, 0])).astype(np.uint8)
    done = upscale(hidden, alpha, nets, factor=2)
    assert done.alpha is not None and done.method == "span-x2"
    for ground in (10.0, 245.0):
        cover = done.alpha[:, :, None] / 255
        shown = done.rgb * cover + ground * (1 - cover)
        ideal_cover = disc(240)[:, :, None] / 255
        ideal = np.array([210, 30, 30]) * ideal_cover + ground * (1 - ideal_cover)
        assert np.abs(shown - ideal).mean() < 1
        assert shown[:, :, 1].min() >= min(30, ground) - 3
        assert shown[:, :, 1].max() <= max(30, ground) + 3


def test_the_same_picture_gives_the_same_pixels(nets: Networks):
    picture = drawing(120)
    first, second = (upscale(picture, None, nets, factor=2, jpeg_quality=80).rgb for _ in range(2))
    np.testing.assert_array_equal(first, second)
