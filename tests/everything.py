"""`make test-all` and `make lint`: every check of this project, as one list of steps."""

import argparse
import os
import sys
from pathlib import Path

from dev import DOCS
from tests.steps import Step, run

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
PYTEST = (PYTHON, "-m", "pytest", "-n", "auto")
WITH_SERVICES = (PYTHON, "-m", "demo.services", PYTHON, "manage.py")

QUICK = (Step("quick tests", (*PYTEST, "-q", "-m", "not long")),)
LINT = (
    Step("code style", (str(BIN / "ruff"), "check", ".")),
    Step("formatting", (str(BIN / "ruff"), "format", "--check", ".")),
    Step("types", (str(BIN / "mypy"),)),
    Step("types of dev.py", (str(BIN / "mypy"), "dev.py")),
    Step("types of the public API", (str(BIN / "mypy"), "tests/typing_api.py")),
    Step("import rules", (str(BIN / "lint-imports"),)),
)
REST = (
    Step("system checks", (*WITH_SERVICES, "check", "--fail-level", "WARNING")),
    Step("migrations complete", (*WITH_SERVICES, "makemigrations", "--check", "--dry-run")),
    Step("docs", (PYTHON, "-m", "sphinx", *DOCS)),
    Step("other Pythons and Djangos, PostgreSQL 16", (PYTHON, "-m", "nox"), {"ZDT_POSTGRES": "16"}),
    Step("long tests", (*PYTEST, "-v", "--durations=15", "-m", "long")),
)


def steps(*, lint: bool = False, rest: bool = False) -> tuple[Step, ...]:
    """All steps; only the linters; or all but the quick tests.

    The older PostgreSQL is tried together with the other Pythons; a given one is used by all.
    """
    return LINT if lint else (*(() if rest else QUICK), *LINT, *REST)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test-all", description=__doc__)
    parser.add_argument("--lint", action="store_true", help="only the linters")
    parser.add_argument("--rest", action="store_true", help="all but the quick tests")
    chosen = parser.parse_args()
    os.chdir(PROJECT)
    return run(steps(lint=chosen.lint, rest=chosen.rest))


if __name__ == "__main__":
    sys.exit(main())
