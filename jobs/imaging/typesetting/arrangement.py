"""Where copy and product may stand on a poster: several real compositions per frame, and which of them suits a picture.

Never sets text and never renders: rectangles in, rectangles out, and a score for a small preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8
from jobs.imaging.typesetting.contrast import against, brightness

Zone = tuple[float, float, float, float]
POSITIONS = ("auto", "top", "bottom", "left", "right", "center")
MARGIN = 0.072  # of the shorter side; the safe area asks for 0.05
_QUIET = 0.9  # how much a restless ground counts against how much the product is covered


@dataclass(frozen=True)
class Plan:
    """A composition in pixels. `copy`: where the stack of texts lives; `tail`: where price and button go when they
    leave it; `room`: what the product fills, standing at its bottom; `align`: left, center, right; `rise`: which end of
    its zone the copy keeps to (top, middle, bottom); `behind`: the headline goes behind the product."""

    name: str
    copy: Zone
    room: Zone
    align: str
    rise: str = "top"
    tail: Zone | None = None
    behind: bool = False

    @property
    def block(self) -> str:
        """The frame's side that a colour block of the copy would take."""
        return {"split-left": "left", "split-right": "right", "bottom": "bottom"}.get(self.name, "top")


@dataclass(frozen=True)
class Need:
    """What the texts ask for: `lines`: how long the copy is (0 short .. 1 long), `tail`: there is a price or a button,
    `mark`: there is a logo, `shape`: the product's width over height, `start`: the reading side,
    `center`, `behind`: the style's wishes."""

    weight: float = 0.4
    tail: bool = True
    mark: bool = False
    shape: float = 1.0
    start: str = "left"
    center: bool = False
    behind: bool = False


def plans(size: tuple[int, int], position: str, need: Need) -> list[Plan]:
    """The compositions worth trying, the likeliest first. `size`: (width, height); `position`: one of POSITIONS."""
    frame = size[0] / size[1]
    if position == "auto":
        names = _auto(frame, need)
    elif position in ("left", "right"):
        names = [f"split-{position}"] if frame > 0.7 else [f"top-{position}"]
    elif position == "center":
        names = ["behind", "center"] if need.behind else ["center"]
    else:
        names = [position]
    return [_plan(name, size, need) for name in names]


def _auto(frame: float, need: Need) -> list[str]:
    aside = ["split-left", "split-right"] if need.start == "left" else ["split-right", "split-left"]
    if frame > 1.1:
        return ["behind", *aside] if need.behind else ["center", *aside] if need.center and frame < 1.4 else aside
    if frame > 0.95:
        calm = ["center", "top"] if need.center else [*aside, "top"] if need.shape < 0.95 else ["top", "bottom"]
        return ["behind", *calm] if need.behind else calm
    calm = ["center", "top"] if need.center else ["top", "center", "bottom"]
    return ["behind", *calm] if need.behind else calm


def _plan(name: str, size: tuple[int, int], need: Need) -> Plan:
    width, height = size
    edge = MARGIN * min(size)
    if name.startswith("split"):
        return _split(name, size, need, edge)
    if name.startswith("top"):
        align = {"top-left": "left", "top-right": "right"}.get(name, "center" if need.center else need.start)
        return _top(size, need, edge, align)
    if name == "bottom":
        line = height * (0.70 - 0.16 * need.weight - (0.08 if width > height else 0.0))
        room = (edge * 1.3, edge * (2.4 if need.mark else 1.2), width - edge * 1.3, line - 0.35 * edge)
        copy = (edge, line + 0.35 * edge, width - edge, height - edge)
        return Plan("bottom", copy, room, "center" if need.center else need.start, "bottom")
    if name == "behind":
        return _behind(size, need, edge)
    return _center(size, need, edge)


def _split(name: str, size: tuple[int, int], need: Need, edge: float) -> Plan:
    width, height = size
    frame = width / height
    share = float(np.clip(0.50 - 0.05 * (frame - 1) - 0.06 * (need.shape - 1), 0.42, 0.52))
    cut = width * share
    copy = (edge, edge, cut - 0.2 * edge, height - edge)
    room = (cut + 0.2 * edge, height * 0.12, width - 0.8 * edge, height * (0.88 if frame > 1.1 else 0.84))
    if name == "split-right":
        copy = (width - copy[2], copy[1], width - copy[0], copy[3])
        room = (width - room[2], room[1], width - room[0], room[3])
    # the column keeps to its outer edge, as a margin does
    return Plan(name, copy, room, "left" if name == "split-left" else "right" if need.start == "right" else "left",
                "middle")  # fmt: skip


def _top(size: tuple[int, int], need: Need, edge: float, align: str) -> Plan:
    width, height = size
    tall = height / width
    line = height * (0.36 + 0.14 * need.weight - (0.03 if tall > 1.5 else 0.0))
    copy = (edge, edge, width - edge, line)
    room = (edge, line + 0.3 * edge, width - edge, height - edge * (0.9 if tall < 1.2 else 1.6))
    return Plan("top", copy, room, align, "top")


def _center(size: tuple[int, int], need: Need, edge: float) -> Plan:
    width, height = size
    line = height * (0.33 + 0.08 * need.weight) if height >= width else height * 0.32
    low = height - edge - (0.115 * height if need.tail else 0.02 * height)
    copy = (edge * 1.2, edge, width - edge * 1.2, line)
    room = (edge * 1.2, line + 0.3 * edge, width - edge * 1.2, low - 0.35 * edge)
    return Plan("center", copy, room, "center", "top", (edge, low, width - edge, height - edge))


def _behind(size: tuple[int, int], need: Need, edge: float) -> Plan:
    """A word as wide as the frame, the product standing before its lower edge, the rest at the bottom."""
    width, height = size
    low = height - edge - height * (0.15 if height >= width else 0.2)
    top = edge * (2.0 if need.mark else 1.0)
    copy = (edge, top, width - edge, top + height * (0.30 if width > height else 0.36))
    room = (edge, top + 0.19 * height, width - edge, low - 0.25 * edge)
    return Plan("behind", copy, room, "center", "top", (edge, low, width - edge, height - edge), True)


def score(preview: U8, cover: F32, plan: Plan, scale: float) -> float:
    """How badly a preview takes the plan's copy: restless ground, product in the way, mid greys. Lower is better.

    `preview`: uint8 sRGB, `cover`: float32 of the product on it, `scale`: preview pixels per pixel of the plan.
    """
    zones = [plan.copy] + ([plan.tail] if plan.tail else [])
    grey = cv2.cvtColor(preview, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    total, area = 0.0, 0.0
    for zone in zones:
        x0, y0, x1, y1 = (round(edge * scale) for edge in zone)
        part = grey[y0:y1, x0:x1]
        if part.size < 4:
            continue
        restless = float(np.abs(cv2.Laplacian(part, cv2.CV_32F)).mean()) * 6 + float(part.std())
        hidden = 0.0 if plan.behind else float(cover[y0:y1, x0:x1].mean())
        behind = brightness(preview, [(x0, y0, x1, y1)])
        best = max(against(light, behind) for light in (0.0, 1.0))
        total += part.size * (_QUIET * restless + 2.5 * hidden + 0.12 * max(0.0, 4.5 - best))
        area += part.size
    return total / max(area, 1.0)


def free_place(
    size: tuple[float, float], frame: tuple[int, int], taken: Sequence[Zone], cover: F32, near: Zone, edge: float
) -> tuple[float, float] | None:
    """Left top of a seal of `size` inside the safe area, clear of `taken`, as little over the product as can be, close
    to an upper corner of `near`. None when the frame has no place for it."""
    step = max(1, round(max(frame) / 160))
    small = cv2.resize(cover, (frame[0] // step, frame[1] // step), interpolation=cv2.INTER_AREA)
    sums = cv2.integral(small)
    wide, tall = size
    best, least = None, float("inf")
    for y in np.linspace(edge, frame[1] - edge - tall, 28):
        for x in np.linspace(edge, frame[0] - edge - wide, 28):
            box = (x, y, x + wide, y + tall)
            if x < edge - 1 or y < edge - 1 or any(meet(box, other, 0.12 * min(wide, tall)) for other in taken):
                continue
            hidden = _inside(sums, box, step) / (wide * tall / step**2)
            reach = min(np.hypot(x + wide / 2 - corner, y + tall / 2 - near[1]) for corner in (near[0], near[2]))
            cost = 6.0 * max(0.0, hidden - 0.02) + reach / max(frame) + 0.25 * y / frame[1]
            if cost < least:
                best, least = (float(x), float(y)), cost
    return best if least < 2.2 else None


def meet(one: Zone, other: Zone, gap: float) -> bool:
    """Whether two rectangles are nearer than `gap`."""
    return (
        one[0] < other[2] + gap and other[0] < one[2] + gap and one[1] < other[3] + gap and other[1] < one[3] + gap
    )  # fmt: skip


def _inside(sums: F32, box: Zone, step: int) -> float:
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1
    x0, y0, x1, y1 = (int(edge / step) for edge in box)
    x0, x1, y0, y1 = min(x0, columns), min(x1, columns), min(y0, rows), min(y1, rows)
    return float(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])
