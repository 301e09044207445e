"""The tables at the border: idempotency keys, webhook endpoints and deliveries, upload slots, the audit log, the
operator's switches and the row that readiness writes to. No queries here."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.records.columns import Moment, identifier, serial
from storage.records.tables import metadata

probes = Table("probes", metadata, Column("id", Integer, primary_key=True), Column("beat", BigInteger, nullable=False))

ledger_checks = Table(  # one row
    "ledger_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("checked_at", Moment, nullable=False),
    Column("violations", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("route", String(120), nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(128), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("locked_until", Moment, nullable=False),
    Column("expires_at", Moment, index=True),  # set once a reply is stored
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    UniqueConstraint("account_id", "route", "key"),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("dialect", String(10), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("secret", Text, nullable=False),  # sealed
    Column("previous_secret", Text),  # sealed; signs too until previous_until
    Column("previous_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("disabled_reason", Text),
    Column("disabled_at", Moment),
    Column("failing_since", Moment),
    Column("failures", Integer, nullable=False),
    Index(None, "account_id", "dialect", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False),
    Column("batch_id", identifier(), index=True),
    Column("image_id", identifier()),
    Column("endpoint_id", identifier(), index=True),
    Column("lane", String(255), nullable=False),  # one receiver: an endpoint, or an account's callback host
    Column("dialect", String(10), nullable=False),
    Column("event", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("secrets", Text),  # sealed JSON list; of callbacks only
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment),
    Column("lease_token", String(40)),
    Column("lease_until", Moment),
    Index(None, "account_id", "id"),
    Index(None, "state", "next_at"),
    Index(None, "lane", "lease_until"),
    Index(None, "state", "created_at"),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery_id", identifier(), ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", String(60)),
    Column("response", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", identifier(), primary_key=True),
    Column("account_id", identifier(), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("filename", Text, nullable=False),
    Column("max_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", serial(), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

switches = Table(
    "switches",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)
