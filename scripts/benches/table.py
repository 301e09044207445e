"""From readings to the table: which figure is held against which, whether a target is reached, text and JSON.

Never measures. A ratio says how many times as good ours is as its peer: above 1 ours is better.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scripts.benches.timing import Reading

HEADINGS = ("bench", "what", "ours", "against", "min – median – max", "target", "reached", "peak RSS ours / peer")


@dataclass(frozen=True)
class Figure:
    """A figure of one side, and how the side is called in the table."""

    side: str
    name: str
    shown: str


@dataclass(frozen=True)
class Target:
    """What the comparison (or, with `of="ours"`, our own figure) should reach. `samples`: said of the sample pictures
    only, so generated ones get no verdict."""

    word: Literal["at least", "at most"]
    bound: float
    of: Literal["comparison", "ours"] = "comparison"
    samples: bool = False

    def reached(self, value: float) -> bool:
        return value >= self.bound if self.word == "at least" else value <= self.bound


@dataclass(frozen=True)
class Row:
    """One line. `compare`: "ratio" of speeds (MB/s: ours over theirs; seconds: theirs over ours), or the "difference"
    ours minus theirs in `unit`."""

    bench: str
    what: str
    unit: str
    ours: Figure
    peer: Figure
    compare: Literal["ratio", "difference"] = "ratio"
    target: Target | None = None
    digits: int = 1


@dataclass(frozen=True)
class Line:
    """A row with its measured values: medians over the rounds, and least, median and most of the comparison."""

    row: Row
    rounds: int
    ours: float
    peer: float
    compared: tuple[float, float, float]
    ours_mib: float
    peer_mib: float
    reached: bool | None


def line_of(row: Row, rounds: Sequence[Mapping[str, Reading]], *, samples: bool) -> Line:
    """Compare within each round, then take the median: what slows a round slows both sides of it."""
    pairs = [(turn[row.ours.side].figures[row.ours.name], turn[row.peer.side].figures[row.peer.name])
             for turn in rounds]  # fmt: skip
    compared = [compare(row, mine, theirs) for mine, theirs in pairs]
    ours = statistics.median(mine for mine, _ in pairs)
    middle = statistics.median(compared)
    reached = None
    if row.target is not None and (samples or not row.target.samples):
        reached = row.target.reached(middle if row.target.of == "comparison" else ours)
    return Line(
        row,
        len(rounds),
        ours,
        statistics.median(theirs for _, theirs in pairs),
        (min(compared), middle, max(compared)),
        max(turn[row.ours.side].peak_mib for turn in rounds),
        max(turn[row.peer.side].peak_mib for turn in rounds),
        reached,
    )


def compare(row: Row, ours: float, theirs: float) -> float:
    if row.compare == "difference":
        return ours - theirs
    return ours / theirs if row.unit.endswith("/s") else theirs / ours


def cells(line: Line) -> tuple[str, ...]:
    row, digits = line.row, line.row.digits
    sign, unit, places = ("+", f" {row.unit}".rstrip(), digits) if row.compare == "difference" else ("", " ×", 2)
    spread = " – ".join(f"{value:{sign}.{places}f}" for value in line.compared) + unit
    target = ""
    if row.target is not None:
        own = "" if row.target.of == "comparison" else "ours "
        target = f"{own}{'≥' if row.target.word == 'at least' else '≤'} {row.target.bound:g}"
    verdict = {None: "", True: "yes", False: "NO"}[line.reached]
    ours, peer = (f"{value:.{digits}f} {row.unit}".rstrip() for value in (line.ours, line.peer))
    memory = f"{line.ours_mib:.0f} / {line.peer_mib:.0f} MiB"
    return (row.bench, row.what, ours, f"{row.peer.shown}: {peer}", spread, target, verdict, memory)


def table(lines: Sequence[Line]) -> str:
    """The table as text, one line a row."""
    rows = [HEADINGS, *(cells(line) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]])


def record(line: Line) -> dict[str, Any]:
    """One line for a JSON file."""
    row, (least, middle, most) = line.row, line.compared
    return {
        "bench": row.bench,
        "what": row.what,
        "unit": row.unit,
        "ours": line.ours,
        "peer": {"name": row.peer.shown, "value": line.peer},
        row.compare: {"min": least, "median": middle, "max": most},
        "rounds": line.rounds,
        "target": None if row.target is None else {row.target.word: row.target.bound, "of": row.target.of},
        "reached": line.reached,
        "peak_mib": {"ours": line.ours_mib, "peer": line.peer_mib},
    }
