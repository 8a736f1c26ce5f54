import pytest
from django.core.management import CommandError, call_command

POOLS = ["--pool", "1.0=10.0.0.1:80", "--pool", "2.0=10.0.0.2:80", "--pool", "2.0=10.0.0.3:80"]


def test_it_prints_a_whole_configuration(capsys):
    call_command("zdt_traffic_agent", "configure", "--bind", ":8080", "--map", "/srv/m", *POOLS)

    text = capsys.readouterr().out
    assert "bind :8080" in text
    assert "map_str(/srv/m)" in text
    assert "default_backend release_0" in text
    assert "server s1 10.0.0.3:80 check" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["configure", "--pool", "2.0"], "A pool is RELEASE=HOST:PORT, not '2.0'"),
        (["configure", *POOLS, "--default", "3.0"], "--default 3.0 has no --pool"),
        (["follow"], "Name the release that serves before the first one: --default 1.0"),
    ],
)
def test_what_it_cannot_do_it_says(arguments, words):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("zdt_traffic_agent", *arguments)
    assert refused.value.returncode == 2
