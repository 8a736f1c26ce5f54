import pytest

from zdt_core import database


@pytest.fixture
def protected(db):
    """The trigger as every database but a test database has it."""
    from zdt_audit import protection

    protection.protect(database.connection())
