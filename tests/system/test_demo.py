"""The story itself, told from the first process to the last by the command that a reader types."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.system, pytest.mark.long]
SECONDS = 600


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", *arguments]


def surroundings() -> dict[str, str]:
    """The environment without what the suite put there: the story brings its own servers."""
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PGAPPNAME")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("ZDT_")
    }


def tell(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        command("--once", *arguments),
        cwd=PROJECT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_bad_release_goes_back_by_itself_and_the_good_one_reaches_everyone():
    """Through HAProxy where it is; the tutorial's test tells the like with the own edge."""
    because = r"95 % of \d+ requests on the new release ended within [\d.]+ ms"
    code, text = tell("--fault", "latency")
    assert code == 0, text
    assert "\n  failed requests: 0\n" in text
    assert re.search(rf"\n  rolled back: 2\.0 by system:monitor\. .*{because}", text), text
    assert re.search(r"\n  released: 2\.1 \(completed\)", text)
    requests = int(re.search(r"requests served: ([\d,]+)", text)[1].replace(",", ""))
    assert requests > 1000
    assert "served by 2.1" in text


def started(pattern: str):
    """A story that was begun, once it has said ``pattern``."""
    story = subprocess.Popen(
        command(), cwd=PROJECT, env=surroundings(), stdout=subprocess.PIPE, text=True
    )
    for line in story.stdout:
        if re.search(pattern, line):
            return story
    raise AssertionError("The story ended early.")


def belonging_to(story: int) -> set[int]:
    """Every living process below ``story``, wherever it was handed on to in between."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found = {story}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {story}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_story_is_ended_no_process_stays_behind(number):
    story = started("visitors send up to")
    others = belonging_to(story.pid)
    assert len(others) > 10
    story.send_signal(number)
    story.communicate(timeout=120)  # to the end of its output: whoever is left would hold it open
    deadline = time.monotonic() + 30
    while left := {pid for pid in others if alive(pid)}:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
