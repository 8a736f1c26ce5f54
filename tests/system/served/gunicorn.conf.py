from zdt_core.drain.gunicorn import *  # noqa: F403

control_socket_disable = True
