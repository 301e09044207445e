"""The way to what process tests share with the unit tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS)]
sys.path.append(str(TESTS / "contract"))
