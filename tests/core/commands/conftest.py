import pytest
from django.core.management import CommandError, call_command

from zdt_core.commands import ZdtCommand


class Command(ZdtCommand):
    """A command that does what the test wants."""

    answers = "{a}"

    def __init__(self, run, **kwargs):
        super().__init__(**kwargs)
        self.run = lambda **options: run(self)


@pytest.fixture
def outcome(capsys):
    """Runs ``run(command)`` as a command: (exit code, stdout, stderr or the error's text)."""

    def outcome(run, *arguments, **options):
        error = ""
        try:
            call_command(Command(run), *arguments, **options)
            code = 0
        except CommandError as failure:
            code, error = failure.returncode, str(failure)
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return code, out, err or error

    return outcome
