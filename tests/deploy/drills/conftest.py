import pytest


@pytest.fixture(autouse=True)
def _allowed(settings):
    """Drills may take place in "test", and begin by themselves at any hour."""
    settings.ZDT_SERVICE = "shop"
    settings.ZDT_DRILL_ENVIRONMENTS = ["test"]
    settings.ZDT_DRILL_HOURS = "daily 00:00-24:00"
