import secrets

import pytest


@pytest.fixture(autouse=True)
def own_service(settings):
    """The site of each test reports no metrics, unless the test writes some."""
    settings.ZDT_SERVICE = f"t{secrets.token_hex(6)}"
