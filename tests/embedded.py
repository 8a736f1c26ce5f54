"""A pytest plugin that gives the run real PostgreSQL and Valkey before Django reads its settings.

DATABASE_URL and REDIS_URL from the environment win.
"""

import pytest

from demo.services import Services


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    services = Services()
    services.start()
    early_config.add_cleanup(services.stop)
