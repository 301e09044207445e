"""One side of one bench in this process: `python -m scripts.benches.side BENCH SIDE SETUP`; prints a Reading as JSON.

The last line of stdout is the reading; exit code 3 means that something needed is missing, said on stderr. Never
compares: the bench that started both sides does.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from scripts.benches.timing import Reading, Setup, Unmeasurable, module_of

PREPARE = "prepare"


def setup_of(text: str) -> Setup:
    told = json.loads(text)
    samples = Path(told["samples"]) if told["samples"] else None
    return Setup(Path(told["folder"]), samples, Path(told["models"]), told["quick"], told["threads"])


def main(bench: str, side: str, told: str) -> int:
    module, setup = module_of(bench), setup_of(told)
    try:
        if side == PREPARE:
            if hasattr(module, "prepare"):
                module.prepare(setup)
            reading = Reading({}, 0.0)
        else:
            reading = module.run(side, setup)
    except Unmeasurable as missing:
        print(missing, file=sys.stderr)
        return 3
    print(json.dumps(asdict(reading)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
