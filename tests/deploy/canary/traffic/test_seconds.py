import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic.line import Line
from zdt_deploy.canary.traffic.nginx.seconds import AHEAD, NEAR, Seconds, folder

NOW = 1_000.7


def share(until):
    return Line(5000, "1.0", "2.0", until)


@pytest.fixture
def seconds(tmp_path):
    return Seconds(folder(tmp_path / "nginx-split.conf"))


def there(seconds):
    return sorted(each.name for each in seconds.path.iterdir() if each.name != "until")


def test_a_share_has_a_file_for_each_second_until_its_end(seconds):
    assert seconds.until(NOW) == 1000
    seconds.make(share(1003), NOW)

    assert there(seconds) == ["1000", "1001", "1002"]
    assert (seconds.until(NOW), seconds.until(1002.9), seconds.until(1003)) == (1003, 1003, 1003)
    assert seconds.path.name == "nginx-split.seconds"
    assert seconds.path.stat().st_mode & 0o777 == 0o755


def test_a_renewal_adds_what_is_missing_and_takes_away_what_is_over(seconds):
    seconds.make(share(1003), NOW)
    seconds.end(share(1005), 1002)
    seconds.make(share(1005), 1002)

    assert there(seconds) == ["1002", "1003", "1004"]


@pytest.mark.parametrize("line", [Line(0, "1.0", "2.0"), Line(60_000, "1.0", "2.0")])
def test_what_has_no_end_has_no_seconds(seconds, line):
    seconds.make(share(1180), NOW)
    seconds.end(line, NOW)
    seconds.make(line, NOW)

    assert there(seconds) == []


def test_a_shorter_share_ends_earlier_before_anything_else(seconds):
    seconds.make(share(1180), NOW)
    seconds.end(share(1002), NOW)

    assert there(seconds) == ["1000", "1001"]
    assert seconds.until(NOW) == 1002


def test_a_second_that_is_missing_is_the_end(seconds):
    seconds.make(share(1180), NOW)
    (seconds.path / "1050").unlink()

    assert seconds.until(NOW) == 1050


def test_a_long_share_has_files_for_the_next_while_and_then_for_more(seconds):
    long = share(1000 + 10 * AHEAD)
    seconds.make(long, NOW)

    assert len(there(seconds)) == AHEAD
    assert seconds.until(1000 + AHEAD - NEAR) == long.until
    assert seconds.until(1001 + AHEAD - NEAR) == 1000 + AHEAD, "it is time for more"


def test_an_end_that_cannot_be_read_is_none(seconds):
    seconds.make(share(1000 + 10 * AHEAD), NOW)
    (seconds.path / "until").write_text("soon")

    assert seconds.until(NOW) == 1000 + AHEAD


def test_what_cannot_be_written_is_told(tmp_path):
    seconds = Seconds(tmp_path / "gone" / "split.seconds")
    with pytest.raises(Refused, match=r"split\.seconds could not be written \(No such file"):
        seconds.make(share(1003), NOW)

    seconds.end(share(1003), NOW)
