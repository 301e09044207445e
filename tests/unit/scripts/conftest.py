"""The upload client on the path, a stand-in for the service, and the client with pauses cut short."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_service import FakeService, fake_service
from uploading_client import Client, Died

sys.path[:0] = [str(Path(__file__).parents[3] / "scripts")]


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as running:
        yield running


@pytest.fixture
def client(tmp_path: Path, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Client:
    from uploading.ending import Ending
    from uploading.seams import Seams

    def nap(self: Ending, seconds: float) -> None:
        time.sleep(min(seconds, 0.01))
        self.check()

    def die(self: Seams) -> None:
        raise Died

    monkeypatch.setattr(Ending, "sleep", nap)
    monkeypatch.setattr(Ending, "install", lambda self: None)
    monkeypatch.setattr(Seams, "die", die)
    return Client(tmp_path, service, monkeypatch)
