"""`scripts/bench load`: minutes of mixed customers over a fresh installation whose processes are killed at random.

Prints a report; exits 1 when a batch is not accounted for. `--calm` leaves the processes alone.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.benches.loading.customer import Counterpart
from scripts.benches.loading.errands import Pictures
from scripts.benches.loading.premises import Premises, premises
from scripts.benches.loading.report import broken, figures, text_of
from scripts.benches.loading.street import Day, Plan, open_street
from scripts.benches.timing import ROOT

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "process")]

from closing import check_installation  # noqa: E402
from installation import Neighbour, neighbour  # noqa: E402
from pictures import picture, product_photo  # noqa: E402

DIALECTS = ("print", "studio", "shelf")
PAUSE_S = (4.0, 12.0)
# The demo account stands for many customers; a reply tells at once what was accepted, as with Prefer: respond-async.
SETTINGS = {"RATE_LIMITS": "false", "SYNC_WAIT_SECONDS": "0", "SYNC_WAIT_WEBHOOK_SECONDS": "0"}


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--in-flight", type=int, default=30, help="batches at a time")
    parser.add_argument("--seed", type=int, help="repeat a run (default: a new one, printed)")
    parser.add_argument("--calm", action="store_true", help="kill nothing")
    parser.add_argument("--models", type=Path, default=ROOT / ".models", help="the networks (scripts/fetch-models)")
    parser.add_argument("--folder", type=Path, help="where to write (default: the temporary folder)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    return parser.parse_args(argv)


def gallery(near: Neighbour, models: Path) -> Pictures:
    """Pictures made on the spot; three of them are served by the neighbour as well."""
    art, product = picture(2400, 3600, form="JPEG"), product_photo(900)
    near.files |= {"/art.jpg": art, "/product.jpg": product, "/jar.jpg": product_photo(700)}
    cutouts = any(models.glob("u2net*.onnx"))
    return Pictures(art, product, product[: len(product) // 3], tuple(near.url + path for path in near.files), cutouts)


def ends_heard(near: Neighbour) -> list[tuple[str, str]]:
    """(path, event id) of every callback that tells of an end; print's callbacks tell of single pictures too."""
    return [(hook.path, hook.headers.get("Webhook-Id") or hook.headers.get("webhook-id") or "")
            for hook in list(near.hooks) if not str(hook.json.get("event", "")).startswith("job.")]  # fmt: skip


def run(folder: Path, models: Path, plan: Plan, **settings: str) -> tuple[Day, dict[str, Any], list[str]]:
    """What happened, what the books say, and every broken promise. `settings` go before the product's defaults."""
    with neighbour() as near:
        told = {**SETTINGS, "MODELS_DIR": str(models), "EGRESS_ALLOW": f"127.0.0.1:{near.port}", **settings}
        with premises(folder, **told) as house:
            there = Counterpart(house.base, {name: house.headers(name) for name in DIALECTS}, near.url)
            day = open_street(house, there, gallery(near, models), plan, lambda: ends_heard(near))
            faults = broken(day)
            facts, wrong = audited(house)
            return day, facts, faults + wrong


def audited(house: Premises) -> tuple[dict[str, Any], list[str]]:
    """What the closing check counts, or what it found wrong."""
    try:
        return check_installation(house.data_dir), []
    except AssertionError as fault:
        return {}, [f"the books: {fault}"]


def main() -> int:
    asked = arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**9)
    plan = Plan(asked.minutes * 60, asked.in_flight, seed, None if asked.calm else PAUSE_S)
    begun, before = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), os.getloadavg()[0]
    print(f"seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="load-", dir=asked.folder) as folder:
        day, facts, faults = run(Path(folder) / "data", asked.models.resolve(), plan)
    print(f"{begun}, {os.cpu_count()} cores, load {before:.1f} at the start\n")
    print(text_of(day, plan, facts, faults))
    if asked.json:
        asked.json.write_text(json.dumps({"seed": seed, "figures": figures(day), "broken": faults}, indent=2) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
