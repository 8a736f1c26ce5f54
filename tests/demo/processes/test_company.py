import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.processes import Company, DidNotWork
from demo.processes.keeper import members

pytestmark = pytest.mark.system

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable, "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('set', flush=True);"
    "time.sleep(60)",
]  # fmt: skip
PARENT = [
    sys.executable, "-c",
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
    " process_group=0);"
    "print(child.pid, flush=True); time.sleep(60)",
]  # fmt: skip


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_the_end_takes_every_process_with_it_grandchildren_in_other_groups_too():
    with Company(os.environ) as company:
        parent = company.start("parent", PARENT)
        parent.wait_until(lambda: parent.log.read_text().strip(), 10, "it has a child")
        child = int(parent.log.read_text())
        assert {parent.popen.pid, child} <= set(members(parent.popen.pid))
        folder = company.folder
    assert gone(parent.popen.pid)
    assert gone(child)
    assert not folder.exists()


def test_a_process_that_ignores_sigterm_is_killed():
    with Company(os.environ) as company:
        stubborn = company.start("stubborn", STUBBORN)
        stubborn.wait_until(lambda: "set" in stubborn.log.read_text(), 10, "it is set")
        assert company.end(stubborn, seconds=0.1) is False
        assert stubborn.popen.returncode == -signal.SIGKILL


def test_a_story_that_is_killed_leaves_no_process_and_no_folder_behind():
    script = (
        "import os, time; from demo.processes import Company;"
        f"company = Company(os.environ); child = company.start('parent', {PARENT!r});"
        "child.wait_until(lambda: child.log.read_text().strip(), 10, 'it has a child');"
        "print(company.folder, child.popen.pid, child.log.read_text(), flush=True); time.sleep(60)"
    )
    story = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with story:
        folder, pid, grandchild = story.stdout.readline().split()
        story.kill()
    until(lambda: gone(int(pid)) and gone(int(grandchild)) and not Path(folder).exists())


def failing_story(command, seconds):
    with Company(os.environ) as company:
        company.start("shop", command).wait_until(lambda: False, seconds, "it is ready")


def test_what_does_not_come_up_is_reported_with_the_end_of_its_log_which_is_kept():
    with pytest.raises(DidNotWork) as caught:
        failing_story([sys.executable, "-c", "import sys; sys.exit('no luck')"], 10)
    message = str(caught.value)
    assert "shop ended before it is ready. It ended with exit code 1." in message
    assert "    no luck" in message
    log = Path(message.rpartition("The whole log: ")[2])
    assert log.read_text() == "no luck\n"
    shutil.rmtree(log.parent)


def test_waiting_in_vain_ends_with_the_log_too():
    with pytest.raises(DidNotWork, match=r"waited 0\.1 s in vain until it is ready") as caught:
        failing_story(SLEEPER, 0.1)
    shutil.rmtree(Path(str(caught.value).rpartition("The whole log: ")[2]).parent)


def test_a_command_that_fails_or_lingers_is_an_error_and_one_that_ends_well_is_not():
    with Company(os.environ) as company:
        assert company.run("fine", [sys.executable, "-c", "print('ok')"], 10).tail() == "    ok"
        with pytest.raises(DidNotWork, match="bad failed"):
            company.run("bad", [sys.executable, "-c", "raise SystemExit(3)"], 10)
        with pytest.raises(DidNotWork, match="slow did not end within"):
            company.run("slow", SLEEPER, 0.1)
        assert company.processes == []
