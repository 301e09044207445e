"""Flags of the process tests, and the way to the helpers they share with the unit tests."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1])]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-seconds", type=float, default=60.0, help="how long processes are killed at random")
    parser.addoption("--chaos-seed", type=int, default=None, help="repeat a run of the chaos tests")
