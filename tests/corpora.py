"""Brings picture corpora into `.corpora`, and lists them for tests: the test pictures of Pillow's source package, and
PngSuite as pypng's source package holds it.

pip downloads and unpacks the packages and checks their sha256; nothing of them is built or imported. What could not be
had is skipped by name.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / ".corpora"
PILLOW = "pillow==13.0.0 --hash=sha256:cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510"
PYPNG = "pypng==0.20220715.0 --hash=sha256:739c433ba96f078315de54c0db975aee537cbc3e1d0ae4ed9aab0ca1e427e2c1"
SECONDS = 600


def pictures(name: str) -> list[Path]:
    """The files of the corpus `pillow` or `pngsuite`; the test is skipped where it was not fetched."""
    folder = FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"needs the corpus {name} (scripts/fetch-corpora)")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def unpacked(requirement: str, scratch: Path) -> Path:
    """The folder into which pip unpacked a source package. RuntimeError when there is none.

    pip asks a package's build for its metadata before it keeps the download; the build tools are hidden from it, so
    that no build begins, and the unpacked files are kept.
    """
    (scratch / "hidden").mkdir()
    (scratch / "hidden" / "setuptools.py").write_text("raise ImportError('nothing is built here')\n")
    (scratch / "wanted.txt").write_text(requirement + "\n")
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-clean", "--no-deps", "--no-binary", ":all:",
               "--no-build-isolation", "--require-hashes", "-r", "wanted.txt", "--dest", "kept"]  # fmt: skip
    surroundings = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(scratch / "hidden")}
    done = subprocess.run(command, cwd=scratch, env=surroundings, capture_output=True, text=True, timeout=SECONDS)
    found = [folder for folder in scratch.glob("pip-*/*") if (folder / "PKG-INFO").is_file()]
    if not found:
        raise RuntimeError((done.stderr.strip().splitlines() or ["nothing was downloaded"])[-1])
    return found[0]


def keep_pillow(source: Path, target: Path) -> None:
    shutil.copytree(source / "Tests" / "images", target)


def keep_pngsuite(source: Path, target: Path) -> None:
    """The pictures stand in a module as hexadecimal text: read from its syntax tree, never imported."""
    target.mkdir()
    tree = ast.parse((source / "code" / "pngsuite.py").read_text("utf-8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict))
    for key, value in zip(table.keys, table.values, strict=True):
        assert isinstance(key, ast.Constant) and isinstance(value, ast.Call) and isinstance(value.args[0], ast.Constant)
        (target / f"{key.value}.png").write_bytes(bytes.fromhex(value.args[0].value.decode("ascii")))


CORPORA = {"pillow": (PILLOW, keep_pillow), "pngsuite": (PYPNG, keep_pngsuite)}


def fetch() -> list[str]:
    """Fetch what is not there yet, each corpus in one step; the names of those that could not be had."""
    FOLDER.mkdir(exist_ok=True)
    missing = []
    for name, (requirement, keep) in CORPORA.items():
        if (FOLDER / name).is_dir():
            continue
        try:
            with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".fetching-") as scratch:
                source = unpacked(requirement, Path(scratch))
                keep(source, Path(scratch) / "made")
                (Path(scratch) / "made").rename(FOLDER / name)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            missing.append(name)
            print(f"{name}: MISSING, {error}", file=sys.stderr)
    return missing


if __name__ == "__main__":
    sys.exit(bool(fetch()))
