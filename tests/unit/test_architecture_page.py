"""The picture of the house in docs/architecture.md shows every module of its three rooms, and no other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURE = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]


def drawn(room: str) -> set[str]:
    """The files named in a room's part of the picture."""
    part = re.search(rf"^{room}/.*?(?=^\S|\Z)", PICTURE, re.M | re.S)
    assert part is not None
    lines = part[0].splitlines()[1:]
    return {name for line in lines for name in re.findall(r"[a-z_0-9]+\.py", line.split("   ")[0])}


@pytest.mark.parametrize("room", ["batch_api", "jobs", "storage"])
def test_every_module_is_in_the_picture(room: str) -> None:
    there = {path.name for path in (ROOT / room).glob("*.py")} - {"__init__.py"}
    assert drawn(room) - {"__init__.py"} == there
