"""Every corpus through the decoder's door, in limited children: a picture or a documented code, the same as last time.

A new imaging library that answers otherwise shows as a difference from `decoded.json`; HOSTILE_REFRESH=1 writes that
file anew, to be read as a diff. Never lets a picture near the test's process.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import corpora
import hostile_maker
import pytest

from jobs.imaging import codec, faults
from jobs.limits import MIB, ProcessLimits, peak_rss_mb
from jobs.sandbox import ChildLimits, Parcel, run_limited
from storage.errors import IMAGE_FAULTS

TABLE = Path(__file__).parent / "decoded.json"
OURS = ("unsupported_format", "not_an_image")  # answered before any library is asked: not in the table
LIMITS = codec.DecodeLimits(formats=codec.STUDIO_FORMATS)
SEED = int(os.environ.get("HOSTILE_SEED") or 1)
CHILD = ChildLimits(seconds=120, process=ProcessLimits(memory_bytes=2048 * MIB, cpu_seconds=100, file_bytes=MIB))


def answer(data: bytes) -> tuple[str, str]:
    """(code of probing, code of decoding); "ok" for a picture, the exception's name for what must not be."""
    return tuple(tried(step, data) for step in (codec.probe, codec.decode))  # type: ignore[return-value]


def tried(step: Callable[[bytes, codec.DecodeLimits], object], data: bytes) -> str:
    try:
        found = step(data, LIMITS)
    except faults.ImagingFault as fault:
        return fault.code
    except Exception as error:
        return f"UNFORESEEN {type(error).__name__}"
    return f"ok {found.facts.format} {found.facts.mode}" if isinstance(found, codec.Picture) else "ok"


def answers(pictures: Iterable[tuple[str, bytes]]) -> Parcel:
    """For a child: what each picture got, how long the slowest took and how much memory all of them."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff's own opinion
    before, got, slowest = peak_rss_mb(), {}, 0.0
    for name, data in pictures:
        began = time.monotonic()
        got[name] = answer(data)
        slowest = max(slowest, time.monotonic() - began)
    return Parcel({"answers": got, "slowest": slowest, "grown_mb": peak_rss_mb() - before})


def checked(told: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    got = {name: (probed, decoded) for name, (probed, decoded) in dict(told["answers"]).items()}  # type: ignore[call-overload]
    wrong = {name: both for name, both in got.items() if "UNFORESEEN" in " ".join(both)}
    assert wrong == {}, f"HOSTILE_SEED={SEED}"
    for name, (probed, decoded) in got.items():
        assert probed == "ok" or probed == decoded, f"{name}: {probed} then {decoded}"
        assert decoded.startswith("ok ") or decoded in IMAGE_FAULTS, name
    return got


def grouped(got: Mapping[str, tuple[str, str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for name, (_, decoded) in sorted(got.items()):
        if decoded not in OURS:
            table.setdefault(decoded, []).append(name)
    return dict(sorted(table.items()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("corpus", ["pillow", "pngsuite"])
def test_each_file_of_a_corpus_gets_the_answer_it_got_before(corpus: str, tmp_path: Path) -> None:
    files = corpora.pictures(corpus)
    named = ((str(path.relative_to(corpora.FOLDER / corpus)), path.read_bytes()) for path in files)
    told = run_limited(answers, named, scratch=tmp_path, limits=CHILD).facts
    got = grouped(checked(told))
    table = json.loads(TABLE.read_text())
    if os.environ.get("HOSTILE_REFRESH"):
        table[corpus] = got
        TABLE.write_text(json.dumps(table, indent=1) + "\n")
    assert got == table[corpus]
    assert told["grown_mb"] < 400 and told["slowest"] < 60


@pytest.mark.timeout(300)
def test_each_made_picture_gets_an_answer(tmp_path: Path) -> None:
    made = hostile_maker.hostile_pictures(SEED)
    told = run_limited(answers, made.items(), scratch=tmp_path, limits=CHILD).facts
    got = {name: decoded for name, (_, decoded) in checked(told).items()}
    assert len(got) == len(made) > 350
    assert {code for name, code in got.items() if name.startswith("dims-")} == {"image_too_large", "corrupt_image"}
    texts = [code for name, code in got.items() if name.startswith(("bomb-z", "bomb-t", "bomb-icc", "bomb-itxt"))]
    assert texts == ["corrupt_image"] * 4
    assert all(code.startswith("ok ") for name, code in got.items() if name.startswith(("tail-", "canary", "mode-")))
    assert told["grown_mb"] < 600  # bomb-plain.png: 81 million pixels that are allowed
    cut = {code for name, code in got.items() if name.startswith("cut-")}
    assert len([name for name in got if name.startswith("cut-")]) == 19 * 7 and "ok" not in " ".join(cut)
