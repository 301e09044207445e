"""Turns a design into stitches: thread colours, satin and fill directions, the height and lie of every thread.

Works on the flat design in its own pixels; never lights anything and never knows the garment.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, from_linear, to_linear
from jobs.imaging.mockups.artwork import Artwork

COLOURS = 8  # spools on the machine
_FILL_ANGLES = (38.0, -38.0, 68.0, 12.0, -68.0, 52.0, -20.0, 84.0)


@dataclass(frozen=True)
class Stitched:
    """`pixels`: float32 H x W x 4 linear, times alpha; `height`: H x W in thread widths; `along`: H x W x 2, the unit
    direction of the thread (x right, y down); `cover`: H x W, the sewn surface without fringes."""

    pixels: F32
    height: F32
    along: F32
    cover: F32


def stitched(artwork: Artwork, pitch: float, seed: int = 3) -> Stitched:
    """Sew the design with threads `pitch` pixels apart."""
    pixels = artwork.pixels
    rows, columns = pixels.shape[:2]
    spools, spool = wound(pixels, pitch)
    out = underlay(spools, spool)
    height, along = np.zeros((rows, columns), np.float32), np.zeros((rows, columns, 2), np.float32)
    for number, colour in enumerate(spools):
        for mask, angle in patches((spool == number).astype(np.uint8), pitch, number):
            sew(out, height, along, mask, colour, angle, pitch, seed)
    cover = np.asarray(cv2.GaussianBlur((spool >= 0).astype(np.float32), (0, 0), max(0.5, pitch * 0.25)), np.float32)
    return Stitched(out, height, along, cover)


def underlay(spools: F32, spool: np.ndarray) -> F32:
    """Flat thread of the same colours beneath the stitches, so that no ground shows between two patches."""
    out = np.zeros((*spool.shape, 4), np.float32)
    if len(spools):
        sewn = spool >= 0
        out[sewn] = np.concatenate([spools * 0.6, np.ones((len(spools), 1), np.float32)], axis=1)[spool[sewn]]
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.7), np.float32)


def wound(pixels: F32, pitch: float) -> tuple[F32, np.ndarray]:
    """(spool colours, linear n x 3; the spool of every pixel, -1 where nothing is sewn)."""
    alpha = pixels[..., 3]
    smooth = cv2.GaussianBlur(pixels, (0, 0), max(0.6, pitch * 0.5))
    straight = smooth[..., :3] / np.maximum(smooth[..., 3:], 1e-3)
    lab = cv2.cvtColor(from_linear(straight), cv2.COLOR_RGB2LAB).astype(np.float32)
    sewn = alpha > 0.45
    if not sewn.any():
        return np.zeros((0, 3), np.float32), np.full(alpha.shape, -1)
    points = lab[sewn]
    chosen = points[:: max(1, len(points) // 6000)]
    count = min(COLOURS, len(np.unique((chosen / 16).astype(np.int32), axis=0)))
    cv2.setRNGSeed(7)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 1.0)
    _, _, centres = cv2.kmeans(chosen, count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    spool = np.full(alpha.shape, -1, np.int32)
    spool[sewn] = np.argmin(((points[:, None] - centres[None]) ** 2).sum(-1), axis=1)
    colours = cv2.cvtColor(np.clip(centres, 0, 255).astype(np.uint8)[None], cv2.COLOR_LAB2RGB)[0]
    return to_linear(colours), tidied(spool, count, pitch)


def tidied(spool: np.ndarray, count: int, pitch: float) -> np.ndarray:
    """Specks smaller than a stitch go to their surroundings (majority over a thread's width)."""
    votes = [cv2.GaussianBlur((spool == n).astype(np.float32), (0, 0), max(0.7, pitch * 0.55)) for n in range(count)]
    return np.where(spool >= 0, np.argmax(votes, axis=0), -1)


def patches(mask: np.ndarray, pitch: float, number: int) -> list[tuple[np.ndarray, float]]:
    """Connected pieces of one spool and the angle they are sewn at (degrees): satin across narrow ones, else fill."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found: list[tuple[np.ndarray, float]] = []
    rest = np.zeros_like(mask)
    for label in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:60] + 1:
        x, y, wide, high, area = stats[label]
        piece = labels == label
        ys, xs = np.nonzero(piece[y : y + high, x : x + wide])
        step = max(1, len(xs) // 4000)
        spread = np.cov(np.stack([xs[::step], ys[::step]]).astype(np.float64)) if len(xs) > 8 else np.eye(2)
        values, vectors = np.linalg.eigh(spread)
        long = float(np.sqrt(max(values[1], 1e-6) / max(values[0], 1e-6)))
        if long > 1.7 and area > 12 * pitch**2:
            main = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
            found.append((piece.astype(np.uint8), main + 78.0))
        elif area > 12 * pitch**2:
            found.append((piece.astype(np.uint8), _FILL_ANGLES[number % len(_FILL_ANGLES)]))
        else:
            rest |= piece.astype(np.uint8)
    covered = sum((piece for piece, _ in found), np.zeros_like(mask))
    rest |= (mask > 0).astype(np.uint8) & (covered == 0).astype(np.uint8)
    return [*found, (rest, 45.0)] if rest.any() else found


def sew(
    out: F32, height: F32, along: F32, mask: np.ndarray, colour: F32, angle: float, pitch: float, seed: int
) -> None:
    """Lay one patch's threads into the pictures, in place."""
    ys, xs = np.nonzero(mask)
    pad = int(3 * pitch) + 2
    top, left = max(0, ys.min() - pad), max(0, xs.min() - pad)
    here = (slice(top, ys.max() + pad + 1), slice(left, xs.max() + pad + 1))
    part = mask[here].astype(np.float32)
    y, x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]].astype(np.float32)
    turn = np.deg2rad(angle)
    t = (np.float32(np.cos(turn)), np.float32(np.sin(turn)))
    across, ahead = (y + top) * t[0] - (x + left) * t[1], (x + left) * t[0] + (y + top) * t[1]
    across = across + 0.22 * pitch * np.sin(ahead / (7.3 * pitch))
    number = np.floor(across / pitch).astype(np.int64)
    chance = np.random.default_rng(seed).random(4096).astype(np.float32)
    first, second = chance[number % 4096], chance[(number * 7 + 13) % 4096]
    reach = (first - 0.5) * 0.75 * pitch
    part = cv2.remap(part, x + reach * t[0], y + reach * t[1], cv2.INTER_LINEAR)
    part = np.clip((cv2.GaussianBlur(part, (0, 0), 0.6) - 0.3) / 0.4, 0, 1)
    round_ = np.cos((across / pitch - number - 0.5) * np.pi) ** 0.8
    length = 9.0 * pitch
    stitch = np.mod(ahead + second * length + (number % 3) * length / 3, length) / length
    dip = 1 - 0.5 * np.exp(-(((np.minimum(stitch, 1 - stitch) * length) / (0.5 * pitch)) ** 2))
    inside = cv2.distanceTransform((part > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    loft = 1.4 * np.clip(inside / (3.0 * pitch), 0, 1) ** 0.5
    rise = part * (0.75 * round_ * dip + loft)
    shade = (0.86 + 0.2 * second) * (0.62 + 0.38 * round_) * (0.85 + 0.15 * dip)
    sewn = np.dstack([np.clip(colour * shade[..., None], 0, 1), np.ones_like(part)]) * part[..., None]
    out[here] = sewn + out[here] * (1 - part[..., None])
    height[here] = np.maximum(height[here] * (1 - part), rise)
    along[here] = np.where(part[..., None] > 0.3, np.asarray(t, np.float32), along[here])
