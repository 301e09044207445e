"""Reads a photograph's light off a thing that stood in it: the shadow it threw, the side the light comes from, its
colour and level.

Never composes. Every measure has a neutral answer for pictures that tell nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]
Rgb = tuple[float, float, float]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SIDE = 220
_LEANS = tuple(np.round(np.linspace(-1.5, 1.5, 13), 3))
_LAYS = (-0.45, -0.25, -0.12, -0.05, 0.06, 0.12, 0.22, 0.38, 0.6)
_SOFTNESS = (0.02, 0.06, 0.13)
_SLIPS = (-0.14, -0.08, -0.04, 0.0, 0.04, 0.08, 0.14)
_FINALISTS = 6  # shears of each kind that are tried at every softness
_ALIKE = 0.42  # correlation from which a shadow is believed
_LEAST_DARK = 0.04
_CAST = 0.17  # a channel moves by at most this share


@dataclass(frozen=True)
class Cast:
    """A shadow as its object threw it. `kind`: `thrown` along the ground from the foot line (a point `h` above the foot
    lands `lean`·h to the right of it and `lay`·h below it, minus is behind), `laid` beside something that lies flat
    (moved by `lean`, `lay` of its height), or `none`. `softness`: blur over the object's height; `strength`: 0..1."""

    kind: str
    lean: float = 0.0
    lay: float = 0.0
    softness: float = 0.06
    strength: float = 0.0
    alike: float = 0.0


@dataclass(frozen=True)
class SceneLight:
    """`cast`: the old object's shadow; `side`: where the key light is, -1 left .. 1 right; `white`: linear luminance of
    the brightest matt things near the place; `tint`: linear RGB of the light at luminance 1; `ground`: the row on which
    the object's shadow says that it stands or hovers over."""

    cast: Cast
    side: float
    white: float
    tint: Rgb
    ground: float


def measure_light(rgb: U8, plate: U8, alpha: F32, box: Box) -> SceneLight:
    """RGB uint8 H x W x 3 with an object (alpha float32 H x W, its box) and the same picture without it."""
    height, width = alpha.shape
    scale = min(1.0, _SIDE / max(box[2] - box[0], box[3] - box[1], max(height, width) / 2.5))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    before, after = (
        to_linear(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)) for part in (rgb, plate)
    )
    cover = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    small = tuple(value * size[i % 2] / (width, height)[i % 2] for i, value in enumerate(box))
    dark = darkness(before, after, cover)
    ground = _ground(dark, small)
    cast = fit_cast(dark, cover, small) if ground == small[3] else Cast("none")
    near = _near(cover.shape, small)
    side = -np.sign(cast.lean) * min(1.0, abs(cast.lean) / 0.7) if cast.kind != "none" else _bright_side(after, near)
    return SceneLight(cast, float(side), _white(before, near), _tint(before, near), ground * height / size[1])


def darkness(before: F32, after: F32, cover: F32) -> F32:
    """How much of its light the ground lost to the object's shadow, float32 h x w, 0 where the object hides it."""
    soft = 1.2
    lost = 1 - cv2.GaussianBlur(before @ LUMINANCE, (0, 0), soft) / np.maximum(
        cv2.GaussianBlur(after @ LUMINANCE, (0, 0), soft), 0.003
    )
    hidden = cv2.dilate(cover, np.ones((5, 5), np.uint8)) > 0.03
    return np.where(hidden, 0, np.clip(lost - 0.02, 0, 1)).astype(np.float32)


def fit_cast(dark: F32, cover: F32, box: tuple[float, ...]) -> Cast:
    """The shear of the silhouette whose shadow looks most like what was measured."""
    open_ground = cv2.dilate(cover, np.ones((5, 5), np.uint8)) <= 0.03
    if float(dark[open_ground].max(initial=0)) < _LEAST_DARK:
        return Cast("none")
    best = Cast("none")
    high = max(box[3] - box[1], 4.0)
    for kind, lean, lay in _finalists(dark, cover, box, open_ground):
        for softness in _SOFTNESS:
            drawn = project(cover, box, kind, lean, lay, softness * high)
            alike = _alike(dark, drawn, open_ground)
            if alike > best.alike + (0.04 if kind == "laid" and best.kind == "thrown" else 0.0):
                best = Cast(kind, lean, lay, softness, 0.0, alike)
    if best.alike < _ALIKE:
        return Cast("none", alike=best.alike)
    drawn = project(cover, box, best.kind, best.lean, best.lay, best.softness * high)
    seen = open_ground & (drawn > 0.5 * float(drawn[open_ground].max(initial=1e-6)))
    strength = float(np.median(dark[seen])) / max(float(np.median(drawn[seen])), 0.2) if seen.any() else 0.0
    return Cast(best.kind, best.lean, best.lay, best.softness, float(np.clip(strength, 0.0, 0.9)), best.alike)


def _finalists(dark: F32, cover: F32, box: tuple[float, ...], where: Mask) -> list[tuple[str, float, float]]:
    """The shears of each kind, thrown ones first, that look most alike at a middling softness."""
    blur = _SOFTNESS[len(_SOFTNESS) // 2] * max(box[3] - box[1], 4.0)
    found = list[tuple[str, float, float]]()
    for kind, leans, lays in (("thrown", _LEANS, _LAYS), ("laid", _SLIPS, _SLIPS)):
        shears = [(float(lean), float(lay)) for lean in leans for lay in lays]
        scores = [_alike(dark, project(cover, box, kind, *shear, blur), where) for shear in shears]
        found += [(kind, *shears[place]) for place in np.argsort(scores)[::-1][:_FINALISTS]]
    return found


def project(cover: F32, box: tuple[float, ...], kind: str, lean: float, lay: float, blur: float) -> F32:
    """The silhouette's shadow on the ground: float32 h x w, 0..1, of the same frame."""
    foot, high = box[3], box[3] - box[1]
    if kind == "thrown":
        matrix = np.array([[1, -lean, lean * foot], [0, -lay, foot + lay * foot]], np.float32)
    else:
        matrix = np.array([[1, 0, lean * high], [0, 1, lay * high]], np.float32)
    laid = cv2.warpAffine(cover, matrix, (cover.shape[1], cover.shape[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(laid, (0, 0), max(blur, 0.6)), np.float32)


def _alike(dark: F32, drawn: F32, where: Mask) -> float:
    one, other = dark[where], drawn[where]
    if float(other.max(initial=0)) < 0.1:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / max(float(np.sqrt((one * one).sum() * (other * other).sum())), 1e-9))


def _ground(dark: F32, box: tuple[float, ...]) -> float:
    """The object's foot; of what hovers, the row on which its shadow lies apart below it."""
    high = box[3] - box[1]
    top, left, right = int(box[3]) + 2, int(max(0, box[0])), int(box[2]) + 1
    below = dark[top : top + int(0.5 * high) + 2, left:right].mean(axis=1)
    if below.size < 5 or float(below.max()) < _LEAST_DARK:
        return float(box[3])
    peak = int(below.argmax())
    if peak < 0.05 * high or float(below[: max(1, peak // 3)].mean()) > 0.3 * float(below[peak]):
        return float(box[3])
    return float(top + peak)


def _near(shape: tuple[int, ...], box: tuple[float, ...]) -> Mask:
    """The object and its neighbourhood."""
    rows, columns = np.indices(shape)
    high, wide = box[3] - box[1], box[2] - box[0]
    more = 0.6 * max(high, wide)
    return np.asarray(
        (rows > box[1] - 0.3 * more)
        & (rows < box[3] + 0.6 * more)
        & (columns > box[0] - more)
        & (columns < box[2] + more),
        np.bool_,
    )


def _bright_side(after: F32, near: Mask) -> float:
    """Where the empty place is brighter, gently: -1 left .. 1 right."""
    light = after @ LUMINANCE
    columns = np.indices(light.shape)[1]
    middle = float(columns[near].mean())
    left, right = light[near & (columns < middle)], light[near & (columns >= middle)]
    if left.size == 0 or right.size == 0:
        return 0.0
    return float(np.clip(2.5 * (right.mean() - left.mean()) / max(right.mean() + left.mean(), 1e-4), -1, 1))


def _white(before: F32, near: Mask) -> float:
    return float(np.clip(np.percentile((before @ LUMINANCE)[near], 97), 0.02, 1.0))


def _tint(before: F32, near: Mask) -> Rgb:
    """The light's colour by shades of grey (Finlayson and Trezzi 2004) over what is not plainly coloured."""
    colours = before[near]
    top, bottom = colours.max(axis=1), colours.min(axis=1)
    grey = colours[(top > 0.02) & (top < 0.98) & (bottom > 0.45 * top)]
    if grey.shape[0] < 0.08 * colours.shape[0]:
        return 1.0, 1.0, 1.0
    mean = (grey.astype(np.float64) ** 4).mean(axis=0) ** 0.25
    tint = np.clip(np.sqrt(mean / max(float(mean @ LUMINANCE), 1e-6)), 1 - _CAST, 1 + _CAST)
    red, green, blue = (tint / float(tint @ LUMINANCE)).tolist()
    return red, green, blue
