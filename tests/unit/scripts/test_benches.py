"""The benches' arithmetic and table, with invented figures; nothing here says how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scripts.benches import BENCHES, __main__, side, timing
from scripts.benches.pictures import bottle, drawing, truths
from scripts.benches.table import Figure, Row, Target, cells, line_of, record, table
from scripts.benches.timing import Reading, Setup, Unmeasurable, in_turns

OURS, PEER = Figure("ours", "pace", "service"), Figure("peer", "pace", "plain copy")


def turns(*pairs: tuple[float, float]) -> list[dict[str, Reading]]:
    return [{"ours": Reading({"pace": mine}, 40 + n), "peer": Reading({"pace": theirs}, 20)}
            for n, (mine, theirs) in enumerate(pairs)]  # fmt: skip


def test_speeds_are_compared_within_each_round() -> None:
    row = Row("zip", "into the store", "MB/s", OURS, PEER, "ratio", Target("at least", 0.8), 0)
    line = line_of(row, turns((80, 100), (10, 10), (450, 500)), samples=True)
    assert line.compared == (0.8, 0.9, 1.0)
    assert (line.ours, line.peer, line.ours_mib, line.peer_mib) == (80, 100, 42, 20)
    assert line.reached is True


def test_seconds_count_the_other_way_round() -> None:
    row = Row("print", "set", "s", OURS, PEER, "ratio", Target("at least", 3))
    line = line_of(row, turns((1.0, 2.0), (1.0, 2.9), (1.0, 3.1)), samples=True)
    assert line.compared == pytest.approx((2.0, 2.9, 3.1))
    assert line.reached is False


def test_an_overhead_is_a_difference() -> None:
    row = Row("queue", "image", "ms", OURS, PEER, "difference", Target("at most", 20))
    line = line_of(row, turns((30, 12), (33, 12), (29, 12)), samples=True)
    assert line.compared == (17, 18, 21) and line.reached is True
    assert "+17.0 – +18.0 – +21.0 ms" in cells(line) and "yes" in cells(line)


def test_targets_for_the_samples_are_not_judged_without_them() -> None:
    row = Row("cutouts", "IoU", "", OURS, PEER, "difference", Target("at least", 0.965, "ours", True), 4)
    rounds = turns((0.95, 0.90))
    assert line_of(row, rounds, samples=True).reached is False
    assert line_of(row, rounds, samples=False).reached is None


def test_the_table_and_the_record_say_the_same() -> None:
    row = Row("zip", "into the store", "MB/s", OURS, PEER, "ratio", Target("at least", 0.8), 0)
    line = line_of(row, turns((60, 100)), samples=True)
    text = table([line])
    assert "0.60 – 0.60 – 0.60 ×" in text and "≥ 0.8" in text and "NO" in text and "40 / 20 MiB" in text
    told = json.loads(json.dumps(record(line)))
    assert told["reached"] is False and told["ratio"] == {"min": 0.6, "median": 0.6, "max": 0.6}


def test_every_second_round_goes_backwards() -> None:
    seen = []

    def run(name: str) -> Reading:
        seen.append(name)
        return Reading({}, 0)

    assert len(in_turns(["a", "b", "c"], 3, run)) == 3
    assert "".join(seen) == "abccbaabc"


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.95, 10), (0.9, 9), (1.0, 10)])
def test_percentiles_are_measured_values(share: float, value: float) -> None:
    assert timing.percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == value


def test_peaks_are_those_of_the_largest_of_a_family() -> None:
    code = "b = b'x' * (64 << 20); print(len(b), flush=True); input()"
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert timing.largest_peak_mib(child.pid) == timing.peak_mib(child.pid) >= 64
        child.communicate(b"\n")
    assert timing.peak_mib(child.pid) == 0.0


def test_a_side_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Unmeasurable, match="scripts/fetch-models"):
        timing.fresh("cutouts", "plain", Setup(tmp_path, None, tmp_path, quick=True))


def test_every_bench_can_be_asked_for() -> None:
    for name in BENCHES:
        module = timing.module_of(name)
        assert module.ROUNDS >= 1 and __main__.sides_of(module.ROWS)
        assert {row.bench for row in module.ROWS} == {name}
    with pytest.raises(SystemExit):
        __main__.arguments(["nonsense"])


def test_a_setup_survives_its_way_to_another_process(tmp_path: Path) -> None:
    told = json.dumps({"folder": str(tmp_path), "samples": None, "models": "m", "quick": True, "threads": 1})
    assert side.setup_of(told) == Setup(tmp_path, None, Path("m"), True, 1)


def test_drawn_pictures_stand_in_for_samples() -> None:
    assert drawing(60, 90).shape == (90, 60, 3)
    names = {picture.name for picture in truths(None, None)}
    one = bottle(0)
    assert len(names) == 6 and one.rgb.shape == (1000, 1000, 3) and one.alpha.dtype == np.float32
    assert 0 < float(one.alpha.mean()) < 1 and float(one.alpha.max()) == 1.0
