"""The web server of the console: of the shop's fleet, but no release that visitors are sent to."""

from typing import Any

wsgi_app = "demo.wsgi:application"
worker_class = "gthread"
workers = 1
threads = 4
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    from zdt_core import fleet

    fleet.join("other")


def worker_exit(server: Any, worker: Any) -> None:
    from zdt_core import fleet

    fleet.leave()
