"""What the bulk writer puts into the database comes out the same."""

from __future__ import annotations

import pytest

from inbox.services.receive import store
from routing.models import Decision


@pytest.mark.django_db
@pytest.mark.parametrize("vector", [b"", bytes(range(256)) * 3, b"\\x00"])
def test_bytes_are_kept_to_the_bit(vector: bytes) -> None:
    writes = store.Writes()
    writes.insert([Decision(method="triage", vector=vector)])
    writes.run()
    assert bytes(Decision.objects.get().vector) == vector
