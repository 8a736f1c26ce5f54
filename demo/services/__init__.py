"""Embedded PostgreSQL and Valkey from wheels, for the demo, the tests and the benchmarks.

::

    Services().start()             # used by settings through os.environ, unless given there
    with Services.private() as services:      # for drills that stop and start servers
        services.postgres.stop()
        services.valkey.restart(empty=True)
"""

from demo.services.embedded import Services
from demo.services.errors import ServicesError

__all__ = ["Services", "ServicesError"]
