import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic import files


def test_a_file_is_replaced_as_a_whole_and_others_may_read_it(tmp_path):
    path = tmp_path / "split"
    path.write_text("older")
    with path.open() as reader:
        files.write(path, "newer")
        assert reader.read() == "older"

    assert files.read(path) == "newer"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["split"]


def test_what_cannot_be_written_says_which_file_and_why(tmp_path):
    with pytest.raises(Refused) as refused:
        files.write(tmp_path / "gone" / "split", "x")

    assert refused.value.code == "proxy_file_not_written"
    assert "gone/split could not be written (No such file or directory)" in str(refused.value)


def test_nothing_is_left_where_the_last_step_fails(tmp_path):
    (tmp_path / "split").mkdir()
    with pytest.raises(Refused):
        files.write(tmp_path / "split", "x")

    assert [each.name for each in tmp_path.iterdir()] == ["split"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_what_cannot_be_read_is_nothing(tmp_path, content):
    path = tmp_path / "split"
    if content:
        path.write_bytes(content)

    assert files.read(path) == ""
