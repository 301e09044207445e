"""The engine rig for the unit tests of this room."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[2])]

from engine_rig import BLOT, Rig, install_blot, open_rig  # noqa: E402

from jobs.actions import CATALOGUE  # noqa: E402
from storage.model import Dialect  # noqa: E402


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """An engine of its own, with the test action offered instead of the real one of that name."""
    real = CATALOGUE[(Dialect.PRINT, BLOT)]
    install_blot()
    opened = open_rig(tmp_path)
    yield opened
    opened.tools.database.dispose()
    CATALOGUE[(Dialect.PRINT, BLOT)] = real
