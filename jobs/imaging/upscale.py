"""Enlarges pictures, with networks where they are there and affordable, else with Lanczos and a mild unsharp mask.

It always says how it was done (`Enlarged.method`), never makes a picture smaller, never goes beyond LONGEST_SIDE, and
never lets hidden colours under transparency reach an edge. Opening files and choosing what to do with a deadline is the
caller's: networks come in open (or open lazily), the deadline as a `check` that may raise.

Which network: JPEG sources go through waifu2x first, which takes block noise away (n0 from quality 85, n1 from 60, n3
below); clean sources and later passes through SPAN. Mean PSNR over five crops, doubled: bicubic 28.1, SPAN 31.7 on
clean pictures; on JPEG 70: SPAN 25.9, waifu2x n1 27.2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.bleed import bleed
from jobs.imaging.tiles import Check, Net, Step, run_step

U8 = npt.NDArray[np.uint8]

LONGEST_SIDE = 12_000
# Pixels that networks may read for one picture, over all passes. A pass costs 4 to 7 s per million pixels on two cores
# of one's own, up to 40 s were seen with nine busy processes on them: half a minute in all, four in the worst case. So
# a picture of 6 million pixels is doubled by a network, a camera's 12 are not; the remaining factor is interpolated.
NETWORK_PIXELS = 6_000_000
# The same for `enlarger`, whose caller goes on to several large print files of the picture and may ask twice.
PRINT_PIXELS = 3_000_000
# Seconds after which a busy machine's unfinished pass is dropped for interpolation: an image has five minutes in all.
PATIENCE, PRINT_PATIENCE = 150.0, 60.0

STEPS: dict[str, Step] = {
    step.network: step
    for step in (
        Step("span-x2", "span-x2", 2, 16, 0),
        Step("span-x4", "span-x4", 4, 16, 0),
        Step("waifu2x-n0", "waifu2x-n0-x2", 2, 7, 7),
        Step("waifu2x-n1", "waifu2x-n1-x2", 2, 7, 7),
        Step("waifu2x-n3", "waifu2x-n3-x2", 2, 7, 7),
    )
}
_NEARLY_ONE = 1.02
_STRIP = 1024


def _no_deadline() -> None:
    return None


@dataclass(frozen=True)
class Enlarged:
    """RGB uint8 sRGB, straight alpha uint8 or None, and how it was made, e.g. `waifu2x-n1-x2+span-x2` or `lanczos`."""

    rgb: U8
    alpha: U8 | None
    method: str


class Networks(Mapping[str, Net]):
    """The networks of some files by catalogue name, each opened when it is first asked for and kept."""

    def __init__(self, paths: Mapping[str, Path], threads: int) -> None:
        self._paths = {name: path for name, path in paths.items() if name in STEPS}
        self._threads = threads
        self._open: dict[str, Net] = {}

    def __getitem__(self, name: str) -> Net:
        if name not in self._open:
            from jobs.imaging.sessions import open_session

            self._open[name] = open_session(self._paths[name], self._threads)
        return self._open[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def final_size(width: int, height: int, factor: float | None = None, longest: int | None = None) -> tuple[int, int]:
    """(width, height) after enlarging by `factor` or until the longest side is `longest`, whichever is given.

    Kept between the source's own size and LONGEST_SIDE; the aspect ratio stays to the pixel. Raises ValueError unless
    exactly one of the two is given.
    """
    if (factor is None) == (longest is None):
        raise ValueError("give either a factor or the longest side")
    long_side = max(width, height)
    wanted = factor if factor is not None else (longest or 0) / long_side
    scale = max(1.0, min(wanted, LONGEST_SIDE / long_side))
    return max(width, round(width * scale)), max(height, round(height * scale))


def plan(
    pixels: int, factor: float, jpeg_quality: int | None, available: Collection[str], budget: int = NETWORK_PIXELS
) -> tuple[Step, ...]:
    """The network passes for a picture of `pixels` (counted twice when it has alpha), at most `budget` in all."""
    steps: list[Step] = []
    left = factor
    while left > _NEARLY_ONE:
        choice = _candidates(left, None if steps else jpeg_quality)
        step = next((STEPS[name] for name in choice if name in available), None)
        if step is None or pixels > budget:
            break
        steps.append(step)
        budget -= pixels
        pixels *= step.scale**2
        left /= step.scale
    return tuple(steps)


def _candidates(factor: float, jpeg_quality: int | None) -> tuple[str, ...]:
    clean = ("span-x4", "span-x2") if factor > 2 * _NEARLY_ONE else ("span-x2", "span-x4")
    if jpeg_quality is None:
        return clean
    if jpeg_quality >= 85:
        return ("waifu2x-n0", "waifu2x-n1", *clean)
    if jpeg_quality >= 60:
        return ("waifu2x-n1", "waifu2x-n3", "waifu2x-n0", *clean)
    return ("waifu2x-n3", "waifu2x-n1", *clean)


def upscale(
    rgb: U8,
    alpha: U8 | None,
    nets: Mapping[str, Net],
    *,
    factor: float | None = None,
    longest: int | None = None,
    jpeg_quality: int | None = None,
    check: Check = _no_deadline,
    budget: int = NETWORK_PIXELS,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Enlarged:
    """RGB H x W x 3 uint8 sRGB, straight alpha H x W uint8 or None -> the same, enlarged to `final_size`.

    `jpeg_quality`: the estimated quality 1..100 of a JPEG source, None for a lossless one. `check` is called before
    each tile. A pass that is not done after `patience` seconds of `clock` is given up and not named. Memory: at most
    NETWORK_PIXELS x 16 x 3 bytes between passes, and the result.
    """
    height, width = rgb.shape[:2]
    size = final_size(width, height, factor, longest)
    ratio = max(size[0] / width, size[1] / height)
    if size == (width, height):
        return Enlarged(rgb, alpha, "none")
    steps = plan(height * width * (1 if alpha is None else 2), ratio, jpeg_quality, nets, budget)
    colour = rgb if alpha is None else bleed(rgb, alpha)
    colour, cover, names = _by_networks(colour, alpha, steps, nets, _patient(check, patience, clock))
    if (colour.shape[1], colour.shape[0]) != size:
        check()
        grows = size[0] > colour.shape[1] or size[1] > colour.shape[0]
        colour = _to_size(colour, size, check, sharpen=not names)
        cover = None if cover is None else _to_size(cover, size, check, sharpen=False)
        names.append("lanczos" if grows else "area")
    return Enlarged(colour, cover, "+".join(names))


def enlarger(
    nets: Mapping[str, Net],
    *,
    factor: float = 4.0,
    jpeg_quality: int | None = None,
    check: Check = _no_deadline,
    budget: int = PRINT_PIXELS,
    patience: float = PRINT_PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[U8], U8]:
    """A function RGB -> RGB enlarged by the networks alone, up to `factor` and within the budget.

    It returns its argument as it is when no network is there or the picture is too large for one: the caller resizes
    to its exact size anyway, and one interpolation is better than two.
    """

    def enlarge(rgb: U8) -> U8:
        steps = plan(rgb.shape[0] * rgb.shape[1], factor, jpeg_quality, nets, budget)
        return _by_networks(rgb, None, steps, nets, _patient(check, patience, clock))[0]

    return enlarge


class _OutOfPatience(Exception):
    """The networks have had their time."""


def _patient(check: Check, patience: float, clock: Callable[[], float]) -> Check:
    end = clock() + patience

    def checked() -> None:
        check()
        if clock() > end:
            raise _OutOfPatience

    return checked


def _by_networks(
    colour: U8, cover: U8 | None, steps: tuple[Step, ...], nets: Mapping[str, Net], check: Check
) -> tuple[U8, U8 | None, list[str]]:
    """Colour and alpha after as many of the steps as there was patience for, and those steps' labels."""
    done: list[str] = []
    for step in steps:
        try:
            net = nets[step.network]
            larger = run_step(colour, step, net, check, None if cover is None else _visible(cover))
            cover = None if cover is None else _enlarged_alpha(cover, step, net, check)
        except _OutOfPatience:
            break
        colour = larger
        done.append(step.label)
    return colour, cover, done


def _visible(alpha: U8) -> npt.NDArray[np.bool_]:
    """Where colour can still be seen after enlarging: the non-transparent area and four pixels around it."""
    return np.asarray(cv2.dilate(alpha, np.ones((9, 9), np.uint8)) > 0)


def _enlarged_alpha(alpha: U8, step: Step, net: Net, check: Check) -> U8:
    """Alpha through the network as a grey picture, only where it varies: clear stays exactly clear, opaque opaque."""
    near = np.ones((3, 3), np.uint8)
    varies = np.asarray(cv2.erode(alpha, near) != cv2.dilate(alpha, near))
    return run_step(cv2.merge([alpha, alpha, alpha]), step, net, check, varies)[:, :, 1]


def _to_size(pixels: U8, size: tuple[int, int], check: Check, sharpen: bool) -> U8:
    if size[0] > pixels.shape[1] or size[1] > pixels.shape[0]:
        return _grown(pixels, size, check, sharpen)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _grown(pixels: U8, size: tuple[int, int], check: Check, sharpen: bool) -> U8:
    """Lanczos, if asked an unsharp mask whose radius follows the enlargement, and neither one's rings.

    Every new pixel is kept within the range of the 3 x 3 source pixels around it. In strips, so that besides source and
    result at most one more picture is held.
    """
    large = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)
    near = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(pixels, near), cv2.dilate(pixels, near)
    sigma = 0.45 * size[0] / pixels.shape[1]
    reach = int(4 * sigma) + 1 if sharpen else 0
    out = np.empty_like(large) if sharpen else large
    for top in range(0, size[1], _STRIP):
        check()
        bottom = min(top + _STRIP, size[1])
        first, last = max(0, top - reach), min(size[1], bottom + reach)
        strip = large[first:last]
        if sharpen:
            strip = cv2.addWeighted(strip, 1.4, cv2.GaussianBlur(strip, (0, 0), sigma), -0.4, 0)
        rows = np.arange(top, bottom) * pixels.shape[0] // size[1]
        across = (size[0], bottom - top)
        floor, ceiling = (cv2.resize(edge[rows], across, interpolation=cv2.INTER_NEAREST) for edge in (low, high))
        np.clip(strip[top - first : bottom - first], floor, ceiling, out=out[top:bottom])
    return out
