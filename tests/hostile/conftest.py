"""The byte-level scanner of metadata lies with the tests of the encoders."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "unit" / "jobs" / "imaging")]
