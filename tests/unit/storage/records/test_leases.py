"""A lease's token is fit for an object key and is nobody else's; it lasts as long as was asked."""

import re
from datetime import UTC, datetime, timedelta

from storage.records.leases import new_lease

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_lease_has_a_token_of_its_own_and_ends_in_time() -> None:
    made = [new_lease(NOW, 60) for _ in range(50)]
    assert all(re.fullmatch("[0-9a-f]{32}", lease.token) for lease in made)
    assert len({lease.token for lease in made}) == 50
    assert {lease.until for lease in made} == {NOW + timedelta(seconds=60)}
