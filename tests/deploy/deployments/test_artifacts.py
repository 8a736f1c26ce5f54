import hashlib
import os

import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.artifacts import Shipped, read


def refused(code, call, *args):
    with pytest.raises(Refused) as refusal:
        call(*args)
    assert refusal.value.code == code
    assert "unknown)" not in str(refusal.value)
    return str(refusal.value)


def test_a_file_is_named_by_its_digest(tmp_path):
    content = os.urandom((1 << 20) + 7)
    file = tmp_path / "web=1.tar"
    file.write_bytes(content)
    assert read(f"web={file}") == Shipped("web", hashlib.sha256(content).hexdigest(), len(content))


def test_an_empty_file_is_a_file(tmp_path):
    (tmp_path / "none").touch()
    assert read(f"web={tmp_path}/none").size == 0


def test_a_digest_can_be_given():
    assert read("web=sha256:" + "AB" * 32) == Shipped("web", "ab" * 32)


def test_a_missing_file_is_named(tmp_path):
    text = refused("artifact_unreadable", read, f"web={tmp_path}/gone")
    assert f"{tmp_path}/gone cannot be read: No such file" in text


def test_a_folder_is_no_file(tmp_path):
    refused("artifact_not_a_file", read, f"web={tmp_path}")


def test_a_path_that_nothing_can_have_is_refused():
    refused("artifact_unreadable", read, "web=a\0b")
    refused("artifact_unreadable", read, "web=" + "x" * 5000)


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.touch()

    def deny(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", deny)  # root reads everything
    assert "Permission denied" in refused("artifact_unreadable", read, f"web={file}")


@pytest.mark.parametrize("text", ["", "web", "web=", "=x"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(Refused) as refusal:
        read(text)
    assert refusal.value.code in ("artifact_malformed", "artifact_name_malformed",
                                  "artifact_unreadable")  # fmt: skip


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, "a" * 65])
def test_a_digest_has_64_hex_digits(digest):
    refused("artifact_digest_malformed", read, f"web=sha256:{digest}")


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 101])
def test_a_name_is_a_name(name):
    refused("artifact_name_malformed", Shipped, name, "a" * 64)
