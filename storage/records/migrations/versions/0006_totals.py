"""What was done is summed by the moment at which it ended. Indexes only; programs of the version before do not notice."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_batches_completed_at"), "batches", ["completed_at"], unique=False)
    op.create_index(op.f("ix_delivery_attempts_at"), "delivery_attempts", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_attempts_at"), table_name="delivery_attempts")
    op.drop_index(op.f("ix_batches_completed_at"), table_name="batches")
