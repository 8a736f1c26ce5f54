"""The shop's web server: threads, connections kept for the balancer, zdt's hooks."""

from zdt_core.drain.gunicorn import *  # noqa: F403

wsgi_app = "demo.wsgi:application"
worker_class = "gthread"
threads = 8
preload_app = True
keepalive = 75  # longer than the balancer keeps a spare connection, so that it closes first
control_socket_disable = True  # its default path is one per account, and there are several servers
