"""`make bench`: run all benchmarks, or those named; options go to each of them.

A benchmark is a module of this package that runs as a program. The exit code is 1 if one missed
its goal, 2 if one could not measure, 0 otherwise.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
MISSED, COULD_NOT_MEASURE = 1, 2
VERDICTS = {0: "holds", MISSED: "missed", COULD_NOT_MEASURE: "not measured"}


def names() -> list[str]:
    """The benchmarks there are."""
    programs = (path for path in FOLDER.glob("[a-z]*.py") if "__main__" in path.read_text())
    return sorted(path.stem for path in programs)


def main(arguments: list[str]) -> int:
    options = [word for word in arguments if word.startswith("-")]
    chosen = [word for word in arguments if not word.startswith("-")]
    unknown = set(chosen) - set(names())
    if unknown:
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names())}.",
            file=sys.stderr,
        )
        return COULD_NOT_MEASURE
    codes = {name: _run(name, options) for name in chosen or names()}
    for name, code in codes.items():
        print(f"{VERDICTS.get(code, f'ended with {code}'):>14}  {name}")
    return MISSED if MISSED in codes.values() else max(map(abs, codes.values()), default=0)


def _run(name: str, options: list[str]) -> int:
    print(f"\n=== {name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    return subprocess.run(command, check=False, cwd=FOLDER.parent).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
