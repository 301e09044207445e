"""Seeded mutations of small pictures through the sandboxed decoder: whatever the bytes, an answer and a living worker.

HOSTILE_MUTATIONS sets how many (2000 for a long run), HOSTILE_SEED repeats one. A mutation that ends its child by a
signal is a finding: its number and seed are told, and it belongs among the fixtures of the decoder's tests.
"""

import os
from pathlib import Path

import corpora
import hostile_maker
import numpy as np
import pytest

from jobs.imaging import codec, faults
from jobs.limits import MIB, ProcessLimits
from jobs.sandbox import ChildLimits, Parcel, run_limited

SEED = int(os.environ.get("HOSTILE_SEED") or 1)
COUNT = int(os.environ.get("HOSTILE_MUTATIONS") or 600)
AT_ONCE = 100
LIMITS = codec.DecodeLimits(formats=codec.STUDIO_FORMATS, max_pixels=4_000_000)
CHILD = ChildLimits(seconds=60, process=ProcessLimits(memory_bytes=512 * MIB, cpu_seconds=50, file_bytes=MIB))
SIZES = ((64, 48), (33, 71))


def seeds() -> list[bytes]:
    """Some forty: every format in its several ways of storing, and PngSuite where it was fetched."""
    made = []
    for number, (width, height) in enumerate(SIZES):
        picture = hostile_maker.scene(width, height, number)
        made += [hostile_maker.encoded(picture, kind) for kind in hostile_maker.FORMATS]
        made += [hostile_maker.carrier(kind, picture) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
        made.append(hostile_maker.encoded(picture, "JPEG", progressive=True))
        made.append(hostile_maker.encoded(picture, "WEBP", lossless=True))
        made += [hostile_maker.encoded(picture, "TIFF", compression=name) for name in ("tiff_lzw", "jpeg", "packbits")]
        made.append(hostile_maker.encoded(hostile_maker.in_mode(picture, "CMYK"), "JPEG"))
        frames = [picture.transpose(0), picture.transpose(1)]
        made += [hostile_maker.encoded(picture, kind, save_all=True, append_images=frames) for kind in ("PNG", "GIF")]
    folder = corpora.FOLDER / "pngsuite"
    return made + [path.read_bytes() for path in sorted(folder.glob("*.png"))[::3]]


def mutated(data: bytes, dice: np.random.Generator) -> bytes:
    """Bits flipped, bytes replaced, a piece doubled, removed or zeroed; structure is likelier hit near the start."""
    changed = bytearray(data)
    for _ in range(int(dice.integers(1, 9))):
        near = min(len(changed), 64 if dice.random() < 0.4 else len(changed))
        at, length = int(dice.integers(near)), int(dice.integers(1, 24))
        match int(dice.integers(5)):
            case 0:
                changed[at] ^= 1 << int(dice.integers(8))
            case 1:
                changed[at] = int(dice.choice([0, 1, 127, 128, 254, 255]))
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3 if len(changed) > 2 * length:
                del changed[at : at + length]
            case _:
                changed[at : at + 4] = int(dice.integers(2**32)).to_bytes(4)
    return bytes(changed)


def tried(first: int, last: int) -> Parcel:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff's own opinion
    given, wrong, pictures = seeds(), [], 0
    for number in range(first, last):
        dice = np.random.default_rng((SEED, number))
        try:
            codec.decode(mutated(given[number % len(given)], dice), LIMITS)
            pictures += 1
        except faults.ImagingFault:
            pass
        except Exception as error:
            wrong.append(f"{number}: {type(error).__name__}")
    return Parcel({"wrong": wrong, "pictures": pictures})


@pytest.mark.timeout(600)
def test_mutated_pictures_never_end_their_child(tmp_path: Path) -> None:
    pictures, wrong = 0, []
    for first in range(0, COUNT, AT_ONCE):
        told = run_limited(tried, first, min(COUNT, first + AT_ONCE), scratch=tmp_path, limits=CHILD).facts
        pictures += told["pictures"]
        wrong += told["wrong"]
    assert wrong == [], f"HOSTILE_SEED={SEED}"
    assert 0 < pictures < COUNT  # some survived, some were refused


def test_a_mutation_is_the_same_for_the_same_seed() -> None:
    one, other = (mutated(seeds()[3], np.random.default_rng((1, 2))) for _ in range(2))
    assert one == other != seeds()[3] and len(seeds()) >= 30
