import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pytester_run(tmp_path: Path) -> Callable[..., int]:
    """Runs pytest with the suite's rules on one passing and one skipped test."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "rules.py").read_text())
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_one(): pass\n\ndef test_two(): pytest.skip('why')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull]

    def run(**environment: str) -> int:
        return subprocess.run(
            [*command, "--rootdir", tmp_path, tmp_path],
            env={
                **os.environ,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "ZDT_NO_SKIPS": "",
                **environment,
            },
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            check=False,
        ).returncode

    return run
