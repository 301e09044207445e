"""Makers of records for tests: accounts with keys, and batches carried through their states by the same calls that the
workers make. Never writes a table directly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jobs.links import expires_at
from jobs.tools import Tools
from storage.ids import new_id
from storage.model import Account, Artifact, Batch, Dialect, Image, Role
from storage.names import archive_key, artifact_key
from storage.records import accounts, batches, images, keys, ledger

LEASE_S = 60


@dataclass(frozen=True)
class Tenant:
    """An account with one key of each dialect."""

    account: Account
    keys: dict[Dialect, str]

    def headers(self, dialect: Dialect = Dialect.PRINT, **more: str) -> dict[str, str]:
        """What this tenant's client sends."""
        head = {"Authorization": f"Bearer {self.keys[dialect]}"}
        if dialect is Dialect.STUDIO:
            head["X-Merchant-Id"] = self.account.merchant_id
        return {**head, **more}


def tenant(tools: Tools, *, credits: int = 10_000, plan: str = "scale", name: str = "Shop", **key: Any) -> Tenant:
    """A new account and its keys; `key` goes to create_key (role, test, expires_at …)."""
    now = tools.clock()
    with tools.database.write() as tx:
        account = accounts.create_account(tx, name=name, plan=plan, credits=credits, actor="tests", now=now)
        made = {
            dialect: keys.create_key(tx, account.id, dialect, name="tests", now=now, **key)[1] for dialect in Dialect
        }
    return Tenant(account, made)


def available(tools: Tools, found: Tenant) -> int:
    with tools.database.read() as tx:
        return ledger.balance(tx, found.account.id).available


def finish_image(tools: Tools, image_id: str, data: bytes = b"made", **facts: Any) -> Image:
    """Settle one image as succeeded, with one stored print file."""
    now = tools.clock()
    with tools.database.write() as tx:
        claimed = images.claim_image(tx, image_id, now, LEASE_S)
        assert claimed is not None
        image, lease = claimed
        made = store(tools, image.batch_id, image_id, lease.token, data, facts)
        settled = images.settle_success(tx, image_id, lease.token, result={"warnings": []}, artifacts=[made], now=now)
    assert settled is not None
    return settled.image


def fail_image(tools: Tools, image_id: str, code: str = "corrupt_image", message: str = "It is damaged.") -> Image:
    now = tools.clock()
    with tools.database.write() as tx:
        claimed = images.claim_image(tx, image_id, now, LEASE_S)
        assert claimed is not None
        settled = images.settle_failure(tx, image_id, claimed[1].token, code=code, message=message, now=now)
    assert settled is not None
    return settled.image


def finish_batch(tools: Tools, batch_id: str, archive: bytes = b"PK\x05\x06" + b"\0" * 18) -> Batch:
    """Package a batch whose images are all settled; the archive is what is given."""
    now = tools.clock()
    with tools.database.write() as tx:
        lease = batches.claim_packaging(tx, batch_id, now, LEASE_S)
        assert lease is not None
        batch = batches.get_batch(tx, batch_id)
        key = archive_key(batch_id, lease.token)
        stored = tools.objects.put(key, archive, content_type="application/zip")
        zipped = artifact(tools, batch_id, None, Role.ARCHIVE, key, f"{batch_id}.zip", "application/zip", stored)
        until = expires_at(tools.settings, batch.dialect, now)
        done = batches.finish_batch(tx, batch_id, lease.token, [zipped], now=now, expires_at=until)
    assert done is not None
    return done


def finish_all(tools: Tools, batch_id: str, *, failing: Sequence[int] = ()) -> Batch:
    """Settle every image (those at `failing` as failed) and package the batch."""
    with tools.database.read() as tx:
        children = images.list_images(tx, batch_id)
    for child in children:
        if child.index in failing:
            fail_image(tools, child.id)
        else:
            finish_image(tools, child.id)
    return finish_batch(tools, batch_id)


def store(tools: Tools, batch_id: str, image_id: str, token: str, data: bytes, facts: dict[str, Any]) -> Artifact:
    key = artifact_key(batch_id, image_id, token, 1, "jpg")
    stored = tools.objects.put(key, data, content_type="image/jpeg")
    name = facts.pop("filename", "result_001.jpg")
    return artifact(tools, batch_id, image_id, Role.PRINT, key, name, "image/jpeg", stored, facts)


def artifact(
    tools: Tools,
    batch_id: str,
    image_id: str | None,
    role: Role,
    key: str,
    filename: str,
    content_type: str,
    stored: Any,
    facts: dict[str, Any] | None = None,
) -> Artifact:
    now = tools.clock()
    return Artifact(
        id=new_id("art", now),
        batch_id=batch_id,
        image_id=image_id,
        role=role,
        position=1,
        filename=filename,
        archive_name=filename,
        key=key,
        content_type=content_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
        crc32=stored.crc32,
        width=7200 if image_id else None,
        height=10800 if image_id else None,
        dpi=300 if image_id else None,
        facts={"ratio": "2:3", "format": "jpeg", "method": "resample", **(facts or {})} if image_id else {},
        created_at=now,
    )


def a_day_later(clock: Any, hours: float = 24.01) -> None:
    clock.forward(timedelta(hours=hours).total_seconds())
