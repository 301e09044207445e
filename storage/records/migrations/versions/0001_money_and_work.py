"""Accounts, keys, the ledger and the work: the tables of money as first shipped. Never edited after a release."""

import sqlalchemy as sa
from alembic import op

from storage.records.columns import Moment, identifier, serial

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("suspended_at", Moment(), nullable=True),
        sa.Column("unlimited", sa.Boolean(), nullable=False),
        sa.Column("webhook_secret", sa.Text(), nullable=True),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("available + held + spent = granted", name=op.f("ck_accounts_balanced")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_accounts_held")),
        sa.CheckConstraint("unlimited OR available >= 0", name=op.f("ck_accounts_available")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("merchant_id", name=op.f("uq_accounts_merchant_id")),
    )
    op.create_table(
        "quarantine",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("account_id", identifier(), nullable=False),
        sa.Column("dialect", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.String(length=24), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_keys_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(op.f("ix_api_keys_account_id"), "api_keys", ["account_id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("account_id", identifier(), nullable=False),
        sa.Column("dialect", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("pool", sa.String(length=10), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("quote", sa.JSON(), nullable=False),
        sa.Column("charge", sa.Boolean(), nullable=False),
        sa.Column("credits_held", sa.BigInteger(), nullable=False),
        sa.Column("credits_open", sa.BigInteger(), nullable=False),
        sa.Column("credits_charged", sa.BigInteger(), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("callback_secret", sa.Text(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("deadline_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("completed_at", Moment(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("purged_at", Moment(), nullable=True),
        sa.Column("cancel_requested_at", Moment(), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.CheckConstraint(
            "credits_open >= 0 AND credits_charged >= 0 AND credits_held >= 0", name=op.f("ck_batches_credits")
        ),
        sa.CheckConstraint(
            "pending >= 0 AND succeeded >= 0 AND failed >= 0 AND cancelled >= 0"
            " AND pending + succeeded + failed + cancelled = total",
            name=op.f("ck_batches_counts"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_batches_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_account_id_dialect_id"), "batches", ["account_id", "dialect", "id"], unique=False)
    op.create_index(op.f("ix_batches_purged_at_expires_at"), "batches", ["purged_at", "expires_at"], unique=False)
    op.create_index(op.f("ix_batches_state_deadline_at"), "batches", ["state", "deadline_at"], unique=False)
    op.create_index(op.f("ix_batches_state_pending"), "batches", ["state", "pending"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("seq", serial(), autoincrement=True, nullable=False),
        sa.Column("id", identifier(), nullable=False),
        sa.Column("account_id", identifier(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("batch_id", identifier(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("available_after", sa.BigInteger(), nullable=False),
        sa.Column("held_after", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0 OR kind = 'adjust'", name=op.f("ck_ledger_entries_amount")),
        sa.CheckConstraint(
            "kind IN ('grant','hold','capture','release','refund','adjust')",
            name=op.f("ck_ledger_entries_kind"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ledger_entries_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("account_id", "kind", "ref", name=op.f("uq_ledger_entries_account_id_kind_ref")),
        sa.UniqueConstraint("id", name=op.f("uq_ledger_entries_id")),
    )
    op.create_index(op.f("ix_ledger_entries_account_id_seq"), "ledger_entries", ["account_id", "seq"], unique=False)
    op.create_index(op.f("ix_ledger_entries_batch_id"), "ledger_entries", ["batch_id"], unique=False)
    op.create_table(
        "images",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("batch_id", identifier(), nullable=False),
        sa.Column("account_id", identifier(), nullable=False),
        sa.Column("dialect", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("pool", sa.String(length=10), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("callback_secret", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("not_before", Moment(), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_images_account_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_images_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_images_batch_id_position")),
    )
    op.create_index(op.f("ix_images_account_id_dialect_id"), "images", ["account_id", "dialect", "id"], unique=False)
    op.create_index(op.f("ix_images_account_id_state"), "images", ["account_id", "state"], unique=False)
    op.create_index(op.f("ix_images_state_lease_until"), "images", ["state", "lease_until"], unique=False)
    op.create_index(op.f("ix_images_state_not_before"), "images", ["state", "not_before"], unique=False)
    op.create_table(
        "artifacts",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("batch_id", identifier(), nullable=False),
        sa.Column("image_id", identifier(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("archive_name", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=512), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("dpi", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_artifacts_batch_id")),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_artifacts_image_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
    )
    op.create_index(op.f("ix_artifacts_batch_id_image_id"), "artifacts", ["batch_id", "image_id"], unique=False)
    op.create_table(
        "image_attempts",
        sa.Column("image_id", identifier(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_image_attempts_image_id")),
        sa.PrimaryKeyConstraint("image_id", "number", name=op.f("pk_image_attempts")),
    )
    op.create_table(
        "image_inputs",
        sa.Column("image_id", identifier(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("batch_id", identifier(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_image_inputs_batch_id")),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_image_inputs_image_id")),
        sa.PrimaryKeyConstraint("image_id", "key", name=op.f("pk_image_inputs")),
    )
    op.create_index(op.f("ix_image_inputs_batch_id"), "image_inputs", ["batch_id"], unique=False)
    op.create_index(op.f("ix_image_inputs_key"), "image_inputs", ["key"], unique=False)
    append_only("ledger_entries")


# From here on a row of the ledger is history: only INSERT is possible, whoever asks.
def append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def downgrade() -> None:
    raise RuntimeError("the ledger is never taken back; restore a backup instead")
