"""Whose work this is built on is said: every pinned package and every network that is fetched stands in NOTICE."""

import re
from pathlib import Path

from jobs.models.catalogue import NETWORKS

ROOT = Path(__file__).resolve().parents[2]


def test_every_pinned_package_is_named() -> None:
    words = set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", (ROOT / "NOTICE").read_text().lower()))
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert len(pinned) > 50
    assert [name for name in pinned if re.sub(r"[._-]+", "-", name.lower()) not in words] == []


def test_every_network_is_named() -> None:
    text = (ROOT / "NOTICE").read_text()
    assert [name for name in NETWORKS if f"{name}.onnx" not in text] == []
