"""A headless Chromium for tests: opens an address in a profile of its own, lets its scripts run, and says what the page
has become. Tests are skipped by name where it is missing."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
SETTLE_MS = 4000  # of the page's own clock, which runs ahead while nothing happens


def find() -> str:
    """The program; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs chromium (apt-get install chromium)")
    return found


def dom(url: str, folder: Path) -> str:
    """The page after its scripts have run, as markup."""
    profile = tempfile.mkdtemp(dir=folder)
    ran = subprocess.run(
        [find(), *FLAGS, f"--user-data-dir={profile}", f"--virtual-time-budget={SETTLE_MS}", "--dump-dom", url],
        capture_output=True,
        timeout=90,
        check=True,
    )
    return ran.stdout.decode(errors="replace")


def screenshot(url: str, folder: Path, out: Path) -> None:
    profile = tempfile.mkdtemp(dir=folder)
    subprocess.run(
        [find(), *FLAGS, f"--user-data-dir={profile}", f"--virtual-time-budget={SETTLE_MS}", "--window-size=1280,900",
         f"--screenshot={out}", url],
        capture_output=True,
        timeout=90,
        check=True,
    )  # fmt: skip
