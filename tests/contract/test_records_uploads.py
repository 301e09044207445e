"""Upload slots."""

from datetime import timedelta

import pytest
from record_databases import NOW, make_account

from storage.errors import NotFound
from storage.records import uploads
from storage.records.database import Database

HOUR = timedelta(hours=1)


def test_a_slot_lives_an_hour_and_belongs_to_its_account(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    with database.write() as tx:
        slot = uploads.create_upload(tx, account.id, filename="../a.jpg", max_bytes=20_000_000_000, now=NOW)
        assert uploads.get_upload(tx, account.id, slot.id) == slot
        assert (slot.filename, slot.max_bytes, slot.expires_at) == ("../a.jpg", 20_000_000_000, NOW + HOUR)
        assert slot.key == f"staging/{slot.id}"
        assert uploads.stale(tx, NOW + HOUR / 2) == []
        assert uploads.stale(tx, NOW + HOUR) == [slot]
        assert not uploads.staging_referenced(tx, slot.key)
        for owner, upload_id in ((other.id, slot.id), (account.id, "upl_none")):
            with pytest.raises(NotFound):
                uploads.get_upload(tx, owner, upload_id)
        uploads.delete_upload(tx, slot.id)
        uploads.delete_upload(tx, slot.id)
        assert uploads.stale(tx, NOW + HOUR) == []
