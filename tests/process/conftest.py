"""The way to what process tests share with the unit tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]
