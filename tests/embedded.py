"""A pytest plugin that gives the run real PostgreSQL and Valkey before Django reads its settings.

DATABASE_URL and REDIS_URL from the environment win, each for itself.
"""

import pytest

from demo.services import Services, ServicesError


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    services = Services()
    try:
        services.start()
    except ServicesError as error:
        raise pytest.UsageError(str(error)) from None
    early_config.add_cleanup(services.stop)
