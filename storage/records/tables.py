"""The tables of money and work: accounts, keys, ledger, batches, images, artifacts. What stands at the border (keys of
requests, webhooks, uploads, audit) is in border_tables.py. Migrations create them; a test keeps the two the same.
No queries here."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.records.columns import Moment, identifier, serial

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

accounts = Table(
    "accounts",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("merchant_id", String(40), nullable=False, unique=True),
    Column("plan", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("suspended_at", Moment),
    Column("unlimited", Boolean(create_constraint=False), nullable=False),
    Column("webhook_secret", Text),  # sealed
    Column("available", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("erase_requested_at", Moment),
    Column("erased_at", Moment),
    CheckConstraint("unlimited OR available >= 0", name="available"),
    CheckConstraint("held >= 0", name="held"),
    CheckConstraint("available + held + spent = granted", name="balanced"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("dialect", String(10), nullable=False),
    Column("role", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("hint", String(24), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the presented key, hex
    Column("test", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("seq", serial(), primary_key=True, autoincrement=True),
    Column("id", identifier(), nullable=False, unique=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("ref", String(255), nullable=False),
    Column("batch_id", identifier(), index=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("available_after", BigInteger, nullable=False),
    Column("held_after", BigInteger, nullable=False),
    UniqueConstraint("account_id", "kind", "ref"),
    CheckConstraint("amount > 0 OR kind = 'adjust'", name="amount"),
    CheckConstraint("kind IN ('grant','hold','capture','release','refund','adjust')", name="kind"),
    Index(None, "account_id", "seq"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("dialect", String(10), nullable=False),
    Column("action", String(40), nullable=False),
    Column("pool", String(10), nullable=False),
    Column("plan", String(20), nullable=False),  # in force at submit
    Column("state", String(12), nullable=False),
    Column("total", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("options", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("quote", JSON, nullable=False),
    Column("charge", Boolean(create_constraint=False), nullable=False),
    Column("credits_held", BigInteger, nullable=False),  # at submit
    Column("credits_open", BigInteger, nullable=False),  # of the hold, not resolved yet
    Column("credits_charged", BigInteger, nullable=False),
    Column("callback_url", Text),
    Column("callback_secret", Text),  # sealed
    Column("warnings", JSON, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("dry_run", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("deadline_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("completed_at", Moment),
    Column("expires_at", Moment),
    Column("purged_at", Moment),
    Column("cancel_requested_at", Moment),
    Column("lease_token", String(40)),  # of packaging
    Column("lease_until", Moment),
    Column("event_sequence", Integer, nullable=False, server_default="0"),  # of the last event told
    CheckConstraint(
        "pending >= 0 AND succeeded >= 0 AND failed >= 0 AND cancelled >= 0"
        " AND pending + succeeded + failed + cancelled = total",
        name="counts",
    ),
    CheckConstraint("credits_open >= 0 AND credits_charged >= 0 AND credits_held >= 0", name="credits"),
    Index(None, "account_id", "dialect", "id"),
    Index(None, "state", "pending"),
    Index(None, "state", "deadline_at"),
    Index(None, "purged_at", "expires_at"),
    Index(None, "completed_at"),
)

images = Table(
    "images",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("batch_id", identifier(), ForeignKey("batches.id"), nullable=False),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("dialect", String(10), nullable=False),
    Column("position", Integer, nullable=False),  # Image.index
    Column("state", String(12), nullable=False),
    Column("pool", String(10), nullable=False),
    Column("sources", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("callback_secret", Text),  # sealed
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("not_before", Moment),
    Column("lease_token", String(40)),
    Column("lease_until", Moment),
    Column("error_code", String(60)),
    Column("error_message", Text),
    Column("result", JSON, nullable=False),
    UniqueConstraint("batch_id", "position"),
    Index(None, "account_id", "dialect", "id"),
    Index(None, "account_id", "state"),
    Index(None, "state", "not_before"),
    Index(None, "state", "lease_until"),
)

image_attempts = Table(
    "image_attempts",
    metadata,
    Column("image_id", identifier(), ForeignKey("images.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("outcome", String(12), nullable=False),  # running, succeeded, failed, retry, lost, cancelled
    Column("code", String(60)),
    Column("message", Text),
)

image_inputs = Table(  # which staged objects an image still needs; looked up before one is collected
    "image_inputs",
    metadata,
    Column("image_id", identifier(), ForeignKey("images.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("batch_id", identifier(), ForeignKey("batches.id"), nullable=False, index=True),
    Index(None, "key"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("code", String(60), nullable=False),
    Column("created_at", Moment, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("batch_id", identifier(), ForeignKey("batches.id"), nullable=False),
    Column("image_id", identifier(), ForeignKey("images.id")),
    Column("role", String(20), nullable=False),
    Column("position", Integer, nullable=False),
    Column("filename", Text, nullable=False),
    Column("archive_name", Text, nullable=False),
    Column("key", String(512), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("crc32", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("dpi", Integer),
    Column("facts", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "batch_id", "image_id"),
)
