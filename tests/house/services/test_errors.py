import pytest

from demo.services.errors import explained


@pytest.mark.parametrize(
    ("output", "cure"),
    [
        ("could not write to file: No space left on device", "point TMPDIR to a folder with room"),
        ("bind: Address already in use", "Run the command again"),
        ("FATAL: could not resize shared memory segment", "--shm-size"),
        ("initdb: error while loading shared libraries: libpq.so.5", "DATABASE_URL="),
        ("mkdir: Permission denied", "Point TMPDIR"),
    ],
)
def test_a_known_failure_comes_with_its_cure(output, cure):
    text = str(explained("PostgreSQL did not start.", output, "/tmp/x"))

    assert text.startswith("PostgreSQL did not start.\n")
    assert cure in text
    assert output in text


def test_an_unknown_failure_shows_the_end_of_the_log():
    text = str(explained("It broke.", "\n".join(f"line {n}" for n in range(99)), "/tmp/x"))

    assert "line 98" in text
    assert "line 80" not in text
