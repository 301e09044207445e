"""Switches that an operator throws (a drained intake), and accounts on their way to being erased. Programs of the version
before know neither and go on beside this one."""

import sqlalchemy as sa
from alembic import op

from storage.records.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.add_column("accounts", sa.Column("erase_requested_at", Moment(), nullable=True))
    op.add_column("accounts", sa.Column("erased_at", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "erased_at")
    op.drop_column("accounts", "erase_requested_at")
    op.drop_table("switches")
