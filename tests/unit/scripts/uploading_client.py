"""One way to run the upload client inside the test process: real requests, and what the run left behind."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_service import PICTURE, FakeService


class Died(BaseException):
    """The client reached its failpoint; what stands for kill -9 inside one process."""


@dataclass
class Ran:
    """What one run left behind."""

    code: int | None
    summary: dict[str, Any]
    told: str


@dataclass
class Client:
    """Runs the command over `folder/in` with results in `folder/out`."""

    folder: Path
    service: FakeService
    monkeypatch: pytest.MonkeyPatch

    def picture(self, name: str, content: str | None = None) -> Path:
        """A file that the fake service takes for a picture; its content is its name unless told."""
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PICTURE + (content or name).encode() * 3000)
        return path

    def run(self, *more: str, action: str = "bg-remove", sources: tuple[str, ...] | None = None) -> Ran:
        from uploading.command import main

        account = self.folder / "account.json"
        account.write_text(json.dumps(self.service.account()))
        account.chmod(0o600)
        words = list((str(self.folder / "in"),) if sources is None else sources)
        words += ["--account", str(account), "--action", action, "--out", str(self.folder / "out"), "--json", *more]
        out, err = io.StringIO(), io.StringIO()
        self.monkeypatch.setattr(sys, "stdout", out)
        self.monkeypatch.setattr(sys, "stderr", err)
        try:
            code: int | None = main(words)
        except Died:
            code = None
        finally:
            self.monkeypatch.setattr(sys, "stdout", sys.__stdout__)
            self.monkeypatch.setattr(sys, "stderr", sys.__stderr__)
        text = out.getvalue()
        return Ran(code, json.loads(text) if text else {}, err.getvalue())

    def results(self) -> dict[str, bytes]:
        """Every file under out but the state's own, by its path."""
        out = self.folder / "out"
        found = (path for path in out.rglob("*") if path.is_file() and ".upload-state" not in path.parts)
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "out/.upload-state/journal.jsonl").read_text().splitlines()]
