"""`scripts/bake-scenes ID… [--preview] [--samples N]`: build scenes and bake their plates, one bake at a time."""

import argparse
import fcntl
import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.baking import plates
from scripts.baking.bench import Bench
from scripts.baking.spec import PLATE_SIZE, StageSpec

ROOT = Path(__file__).resolve().parents[2]
PLATES = ROOT / "jobs" / "plates"
WORKSHOP = ROOT / ".bake"
PREVIEW_SIZE, PREVIEW_SAMPLES = (640, 480), 12
MOST_SAMPLES = 10  # of a scene's own accord: what the denoiser needs, and what keeps a bake short
ROOMS = ("stages", "objects", "props")
Build = Callable[[Bench], Any]


def scenes() -> dict[str, Build]:
    """Every scene that can be baked, by id."""
    found: dict[str, Build] = {}
    for room in ROOMS:
        for path in sorted((Path(__file__).parent / room).glob("*.py")):
            if path.stem == "__init__":
                continue
            module = importlib.import_module(f"scripts.baking.{room}.{path.stem}")
            if hasattr(module, "build"):
                found[path.stem.replace("_", "-")] = module.build
            found.update(getattr(module, "SCENES", {}))
    return found


def bake_in_turn(name: str, words: list[str]) -> int:
    """Wait until no other final bake runs, then bake one scene in a process of its own, as it is modelled by then."""
    WORKSHOP.mkdir(exist_ok=True)
    with (WORKSHOP / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.run([sys.executable, "-m", "scripts.baking.command", name, "--now", *words]).returncode


def bake(name: str, build: Build, preview: bool, samples: int | None) -> None:
    """Build one scene and write its plates: into `jobs/plates`, or for a preview into `.bake/preview`."""
    started = time.monotonic()
    bench = Bench()
    spec = build(bench)
    folder = (WORKSHOP / "preview" if preview else PLATES) / spec.id
    size = PREVIEW_SIZE if preview else PLATE_SIZE
    count = samples or (PREVIEW_SAMPLES if preview else min(spec.samples, MOST_SAMPLES))
    if isinstance(spec, StageSpec):
        baked = bench.render_stage(spec, folder, size, count)
        sheets = WORKSHOP / "sheets"
        sheets.mkdir(parents=True, exist_ok=True)
        sheet = sheets / f"{spec.id}{'-preview' if preview else ''}.png"
        plates.contact_sheet(baked, sheet)
        print(f"{name}: {sheet.relative_to(ROOT)}")
    else:
        spec.bake(bench, folder, size, count)
    weight = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{name}: {folder.relative_to(ROOT)}, {weight:.2f} MB, {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    """Parse the command line and bake what it names; returns how many scenes failed."""
    parser = argparse.ArgumentParser(prog="scripts/bake-scenes", description=__doc__)
    parser.add_argument("ids", nargs="+", metavar="ID", help="scenes, or 'all'")
    parser.add_argument("--preview", action="store_true", help="small and rough, into .bake/preview")
    parser.add_argument("--samples", type=int, help="samples per pixel instead of the scene's own")
    parser.add_argument("--now", action="store_true", help="do not wait for another bake's end")
    asked = parser.parse_args()
    if not (asked.preview or asked.now) and asked.ids != ["all"]:
        words = ["--samples", str(asked.samples)] if asked.samples else []
        return sum(bake_in_turn(name, words) != 0 for name in asked.ids)
    known = scenes()
    names = list(known) if asked.ids == ["all"] else asked.ids
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"no such scene: {', '.join(unknown)}; there are {', '.join(known)}")
    for name in names:
        bake(name, known[name], asked.preview, asked.samples)
    return 0


if __name__ == "__main__":
    sys.exit(main())
