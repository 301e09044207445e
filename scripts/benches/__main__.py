"""`scripts/bench [NAME …]`: what the service costs, each way in fresh processes and in turns, one table at the end.

Prints progress on stderr and the table on stdout. Exits 0 when everything could be measured: a missed target is said in
the table, it is no failure of the bench. Never keeps what it wrote, but for --json.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.benches import BENCHES
from scripts.benches.side import PREPARE
from scripts.benches.table import Line, Row, line_of, record, table
from scripts.benches.timing import ROOT, Reading, Setup, Unmeasurable, fresh, in_turns, module_of

QUICK_ROUNDS = 2


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--rounds", type=int, help="rounds of every bench (default: each bench's own)")
    parser.add_argument("--quick", action="store_true", help="small inputs, two rounds: shows that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every line to this file")
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "samples", help="the sample pictures")
    parser.add_argument("--models", type=Path, default=ROOT / ".models", help="the networks (scripts/fetch-models)")
    parser.add_argument("--folder", type=Path, help="where to write (default: the temporary folder)")
    parser.add_argument("--threads", type=int, default=2, help="threads of a network session")
    asked = parser.parse_args(argv)
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown or (asked.rounds is not None and asked.rounds < 1):
        parser.error(f"there is no bench {unknown[0]!r}" if unknown else "--rounds must be at least 1")
    return asked


def sides_of(rows: tuple[Row, ...]) -> list[str]:
    """Every side that some row speaks of, in order."""
    return list(dict.fromkeys(figure.side for row in rows for figure in (row.ours, row.peer)))


def measure(bench: str, setup: Setup, rounds: int | None) -> tuple[list[Line], list[str]]:
    """All lines of one bench and its remarks. Unmeasurable when something is missing."""
    module = module_of(bench)
    count = rounds or (QUICK_ROUNDS if setup.quick else module.ROUNDS)
    fresh(bench, PREPARE, setup)

    def run(side: str) -> Reading:
        begun = time.monotonic()
        reading = fresh(bench, side, setup)
        told = "  ".join(f"{name} {value:.4g}" for name, value in reading.figures.items())
        print(f"{bench:8} {side:12} {time.monotonic() - begun:6.1f} s  load {load()}  {told}", file=sys.stderr)
        return reading

    turns = in_turns(sides_of(module.ROWS), count, run)
    samples = setup.samples is not None
    remarks = dict.fromkeys(reading.remark for turn in turns for reading in turn.values() if reading.remark)
    return [line_of(row, turns, samples=samples) for row in module.ROWS], list(remarks)


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def main() -> int:
    asked = arguments()
    samples = asked.samples.resolve() if asked.samples.is_dir() else None
    begun, before = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), load()
    lines, remarks, missing = list[Line](), list[str](), list[str]()
    for bench in asked.names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.folder) as folder:
            setup = Setup(Path(folder), samples, asked.models.resolve(), asked.quick, asked.threads)
            try:
                found, said = measure(bench, setup, asked.rounds)
            except (Unmeasurable, RuntimeError, subprocess.TimeoutExpired) as fault:
                missing.append(f"{bench} was not measured: {fault}")
                print(missing[-1], file=sys.stderr)
                continue
            except KeyboardInterrupt:
                missing.append(f"{bench} was interrupted, and nothing after it was measured")
                break
        lines, remarks = lines + found, remarks + [f"{bench}: {each}" for each in said]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    head = f"{begun}, {machine}; load {before} at the start, {load()} at the end" + (", quick" if asked.quick else "")
    print("\n".join([head, "", table(lines), "", *remarks, *missing]))
    if asked.json:
        whole: dict[str, Any] = {"begun": begun, "machine": machine, "load": [before, load()], "quick": asked.quick}
        whole |= {"lines": [record(line) for line in lines], "remarks": remarks, "missing": missing}
        asked.json.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
