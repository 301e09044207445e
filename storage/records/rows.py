"""From rows to nouns and back: the one place that knows how a noun lies in its table. No queries here."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row

from storage.model import (
    Account,
    ApiKey,
    Artifact,
    Batch,
    BatchState,
    Dialect,
    EntryKind,
    Image,
    ImageState,
    LedgerEntry,
    Pool,
    Quote,
    Role,
    Source,
)
from storage.records.database import unseal

AnyRow = Row[Any]


def account_of(tx: Connection, row: AnyRow) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        merchant_id=row.merchant_id,
        plan=row.plan,
        created_at=row.created_at,
        suspended_at=row.suspended_at,
        unlimited=row.unlimited,
        webhook_secret=unseal(tx, row.webhook_secret),
    )


def key_of(row: AnyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        account_id=row.account_id,
        dialect=Dialect(row.dialect),
        role=row.role,
        name=row.name,
        hint=row.hint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        test=row.test,
    )


def entry_of(row: AnyRow) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        account_id=row.account_id,
        kind=EntryKind(row.kind),
        amount=row.amount,
        ref=row.ref,
        batch_id=row.batch_id,
        actor=row.actor,
        reason=row.reason,
        created_at=row.created_at,
        available_after=row.available_after,
        held_after=row.held_after,
    )


def quote_json(quote: Quote) -> dict[str, Any]:
    return {"per_image": quote.per_image, "per_batch": quote.per_batch, "rule": dict(quote.rule)}


def batch_of(tx: Connection, row: AnyRow) -> Batch:
    return Batch(
        id=row.id,
        account_id=row.account_id,
        dialect=Dialect(row.dialect),
        action=row.action,
        pool=Pool(row.pool),
        state=BatchState(row.state),
        total=row.total,
        pending=row.pending,
        succeeded=row.succeeded,
        failed=row.failed,
        cancelled=row.cancelled,
        options=row.options,
        labels=row.labels,
        quote=Quote(**row.quote),
        credits_held=row.credits_held,
        credits_charged=row.credits_charged,
        callback_url=row.callback_url,
        callback_secret=unseal(tx, row.callback_secret),
        warnings=tuple(row.warnings),
        request_id=row.request_id,
        dry_run=row.dry_run,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        expires_at=row.expires_at,
        purged_at=row.purged_at,
        cancel_requested_at=row.cancel_requested_at,
        plan=row.plan,
    )


def source_json(source: Source) -> dict[str, Any]:
    return {name: value for name, value in asdict(source).items() if value is not None}


def image_of(tx: Connection, row: AnyRow) -> Image:
    return Image(
        id=row.id,
        batch_id=row.batch_id,
        account_id=row.account_id,
        index=row.position,
        state=ImageState(row.state),
        pool=Pool(row.pool),
        sources=tuple(Source(**source) for source in row.sources),
        labels=row.labels,
        price=row.price,
        attempts=row.attempts,
        created_at=row.created_at,
        callback_secret=unseal(tx, row.callback_secret),
        started_at=row.started_at,
        finished_at=row.finished_at,
        not_before=row.not_before,
        lease_until=row.lease_until,
        error_code=row.error_code,
        error_message=row.error_message,
        result=row.result,
    )


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    values = {name: getattr(artifact, name) for name in ARTIFACT_COLUMNS}
    return {**values, "role": str(artifact.role), "facts": dict(artifact.facts)}


ARTIFACT_COLUMNS = tuple(Artifact.__dataclass_fields__)


def artifact_of(row: AnyRow) -> Artifact:
    values = {name: getattr(row, name) for name in ARTIFACT_COLUMNS}
    return Artifact(**{**values, "role": Role(row.role)})
