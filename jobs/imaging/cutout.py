"""Cuts the subject out of a picture: coarse alpha, the picture's own edges, holes, shadow, clean edge colours.

Never composes a canvas, never opens a file or a model. Its own parts do one step each; here is only their order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.imaging import backdrop as backdrops
from jobs.imaging.edges import decide, follow_edges, unmix
from jobs.imaging.faults import NoSubject
from jobs.imaging.foreground import decontaminate
from jobs.imaging.holes import drop_islands, open_holes
from jobs.imaging.matting import KINDS, Box, Session, Subject, box_of, find_subject

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Cutout:
    """`alpha`: float32 H x W 0..1; `foreground`: RGB uint8 H x W x 3 sRGB without the old background's colour; `box`:
    x0, y0, x1, y1 of the visible product; `backdrop`: mean sRGB of a plain backdrop or None; `method`: `network` or
    `own_alpha`; `confidence`: 0..1."""

    alpha: F32
    foreground: U8
    box: Box
    backdrop: tuple[int, int, int] | None
    method: str
    confidence: float


def cut_out(
    rgb: U8,
    session: Session,
    *,
    repair: bool = True,
    preserve_edges: bool = True,
    kind: str = "u2net",
    own_alpha: U8 | None = None,
) -> Cutout:
    """The subject of RGB uint8 H x W x 3 sRGB. Raises NoSubject.

    `repair`: open holes, drop islands. `preserve_edges`: keep soft, fine edges by unmixing them; without it edges are
    the guided filter's, a little firmer. `own_alpha`: uint8 H x W of a picture that came with transparency; used
    instead of the network when it says something.
    """
    given = meaningful_alpha(own_alpha)
    if given is not None:
        alpha = drop_islands(given, given) if repair else given
        return _finished(rgb, alpha, None, "own_alpha", 1.0)
    subject = find_subject(rgb, session, kind)
    alpha, backdrop = refined(rgb, subject, kind, repair=repair, preserve_edges=preserve_edges)
    return _finished(rgb, alpha, backdrop, "network", subject.confidence)


def meaningful_alpha(alpha: U8 | None) -> F32 | None:
    """Own transparency as float32 0..1, or None when it is (nearly) all opaque or shows (nearly) nothing."""
    if alpha is None:
        return None
    clear, solid = float((alpha < 16).mean()), float((alpha > 127).mean())
    if clear < 0.005 or solid < 0.001:
        return None
    return alpha.astype(np.float32) * np.float32(1 / 255)


def refined(
    rgb: U8, subject: Subject, kind: str, *, repair: bool, preserve_edges: bool
) -> tuple[F32, backdrops.Backdrop | None]:
    """Full-size alpha (float32 H x W) from the coarse one, and the plain backdrop where there is one."""
    x0, y0, x1, y1 = subject.box
    pitch = max(x1 - x0, y1 - y0) * 1.16 / KINDS[kind].size
    backdrop = backdrops.learn(rgb, subject.alpha < 0.02)
    plain = backdrop if backdrop is not None and backdrop.plain else None
    spot = _spot(subject.alpha, 8 * pitch + 8)
    part, coarse = np.ascontiguousarray(rgb[spot]), np.ascontiguousarray(subject.alpha[spot])
    near = follow_edges(part, decide(coarse, pitch), pitch)
    if preserve_edges:
        near = unmix(part, near, pitch, plain.colour[spot] if plain is not None else None)
    alpha = np.zeros(rgb.shape[:2], np.float32)
    alpha[spot] = near
    if repair:
        if plain is not None:
            alpha = open_holes(rgb, alpha, subject.alpha, plain)
        alpha = drop_islands(alpha, subject.alpha)
    alpha[alpha < 0.012] = 0
    alpha[alpha > 0.988] = 1
    return alpha, plain


def _finished(rgb: U8, alpha: F32, backdrop: backdrops.Backdrop | None, method: str, confidence: float) -> Cutout:
    box = box_of(alpha, 0.1)
    if box is None:
        raise NoSubject()
    tone = None
    if backdrop is not None:
        # float32 sums over megapixels drift by whole levels, so the mean is taken in float64 over every eighth pixel
        mean = backdrop.colour[::8, ::8].reshape(-1, 3).astype(np.float64).mean(axis=0)
        red, green, blue = (int(round(float(part))) for part in np.clip(mean, 0, 255))
        tone = (red, green, blue)
    spot = _spot(alpha, 0.08 * max(box[2] - box[0], box[3] - box[1]) + 8)
    foreground = rgb.copy()
    foreground[spot] = decontaminate(np.ascontiguousarray(rgb[spot]), np.ascontiguousarray(alpha[spot]))
    return Cutout(alpha, foreground, box, tone, method, confidence)


def _spot(alpha: F32, margin: float) -> tuple[slice, slice]:
    """The rows and columns where anything is to be seen, and `margin` pixels around: all the work lies there."""
    height, width = alpha.shape
    x0, y0, x1, y1 = box_of(alpha, 0.004) or (0, 0, width, height)
    more = int(margin)
    return slice(max(0, y0 - more), min(height, y1 + more)), slice(max(0, x0 - more), min(width, x1 + more))
