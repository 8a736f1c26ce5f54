"""What the tree of folders promises."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")
CATCH_ALLS = {"utils", "helpers", "services", "common", "misc"}

apps = pytest.mark.parametrize("app", APPS)


@apps
def test_an_app_is_typed(app):
    assert (ROOT / app / "py.typed").is_file()


@apps
@pytest.mark.parametrize("kind", ["templates", "static"])
def test_what_an_app_shows_lies_under_its_own_name(app, kind):
    """A template at the root, `admin/base.html` say, would replace one of the host project."""
    shown = {path.name for folder in (ROOT / app).rglob(kind) for path in folder.iterdir()}

    assert shown <= {app}


@apps
def test_folders_and_modules_are_named_for_what_they_hold(app):
    names = {path.stem for path in (ROOT / app).rglob("*")}

    assert not names & CATCH_ALLS


def test_the_sample_shop_stays_out_of_the_apps():
    assert not [
        path for app in APPS for path in (ROOT / app).rglob("*.py") if "demo." in _code(path)
    ]


def _code(path: Path) -> str:
    return "\n".join(
        line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))
    )
