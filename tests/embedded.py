"""A pytest plugin that gives the run real PostgreSQL and Valkey before Django reads its settings.

DATABASE_URL and REDIS_URL from the environment win, each for itself. Where tests are handed to
processes of their own, each of those has its own servers and the one that hands out has none.
"""

import pytest

from demo.services import Services, ServicesError
from tests.processes import hands_out


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if hands_out(early_config.known_args_namespace):
        return
    services = Services()
    try:
        services.start()
    except ServicesError as error:
        raise pytest.UsageError(str(error)) from None
    early_config.add_cleanup(services.stop)
