"""scripts/admin called in this process over a test's installation, and an accepted batch for it to work on."""

import json
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from deeds import Run
from engine_rig import SilentDoorbell, install_blot

from jobs.actions import CATALOGUE
from jobs.operator import batches as batch_verbs
from jobs.operator.__main__ import main
from jobs.submit import submit
from jobs.tools import Tools
from storage.model import Batch, Dialect, ImageOrder, Order, Pool, Quote, Source
from storage.names import staging_key


@pytest.fixture
def admin(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], doorbell: SilentDoorbell
) -> Run:
    """admin("accounts", "list") → (exit code, what --json printed, or what went to stderr)."""
    (tools.settings.data_dir / "secret_key").write_text(tools.settings.secret_key)
    for name in ("SECRET_KEY", "REDIS_URL", "DATABASE_URL", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(batch_verbs, "doorbell", lambda tools: doorbell)

    def run(*words: str, as_json: bool = True) -> tuple[int, Any]:
        head = ["--data-dir", str(tools.settings.data_dir)]
        code = main([*head, *(["--json"] if as_json else []), *words])
        printed = capsys.readouterr()
        if not printed.out:
            return code, printed.err
        return code, json.loads(printed.out) if as_json else printed.out

    return run


@pytest.fixture
def batch(tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell) -> Iterator[Batch]:
    """An accepted batch of two images, nothing done yet."""
    before = CATALOGUE[(Dialect.PRINT, "upscale")]
    install_blot()
    sources = []
    for number in range(2):
        key = staging_key(f"upl_{number:06d}")
        stored = tools.objects.put(key, b"x" * 10, content_type="image/png")
        sources.append(Source("upload", "a.png", key=key, bytes=10, sha256=stored.sha256, crc32=stored.crc32))
    images = tuple(ImageOrder((source,)) for source in sources)
    order = Order(tenant.account.id, Dialect.PRINT, "upscale", Pool.PIXELS, images, Quote(2, 1))
    yield submit(tools, order, doorbell).batch
    CATALOGUE[(Dialect.PRINT, "upscale")] = before
