import socket

import pytest
from django.core.management import CommandError, call_command

from zdt_deploy.canary.edge import serving

POOLS = ["--pool", "1.0=127.0.0.1:8001", "--pool", "2.0=127.0.0.1:8002"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "here", *POOLS], "--listen is HOST:PORT, such as 127.0.0.1:8000, not 'here'"),
        (["--listen", ":0", "--pool", "2.0"], "A pool is RELEASE=HOST:PORT, not '2.0'"),
        (["--listen", ":0", *POOLS, "--default", "3.0"], "--default 3.0 has no --pool"),
    ],
)
def test_what_cannot_start_says_why(arguments, words):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("zdt_edge", *arguments)
    assert refused.value.returncode == 2


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=r"cannot start: .*Address already in use"):
            call_command("zdt_edge", "--listen", f"127.0.0.1:{port}", *POOLS)


def test_it_listens_on_this_machine_only_unless_told():
    with serving.listen(":0") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_socket_can_be_inherited():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        inherited = serving.listen(f"fd@{bound.fileno()}")
        assert inherited.getsockname() == bound.getsockname()
        inherited.detach()
