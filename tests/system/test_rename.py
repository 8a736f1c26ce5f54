"""A column is renamed in three deployments under load from really different releases.

1.0 and 1.1 read ``users.user_email``, 2.0 and 3.0 ``email_address``; 1.1 ships the expansion, 2.0
the switch, 3.0 the contract. At every moment processes of two releases read and write, each by its
own models, and read back what they wrote. Each deployment is taken back and made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.rename_crew import LOCK_SECONDS, Crew, Watch

pytestmark = [pytest.mark.system, pytest.mark.long]
BOTH = {"user_email", "email_address"}


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    with Services.private() as services, Crew(services, tmp_path) as crew:
        crew.manage("1.0", "migrate", "--verbosity", "0")
        yield crew


def test_a_forgotten_transaction_on_the_table_does_not_take_the_site_down(crew: Crew) -> None:
    crew.fill(10_000)
    crew.press("1.0")
    with crew.connect() as forgotten, Watch(crew) as watch:
        forgotten.execute("BEGIN")
        forgotten.execute("SELECT count(*) FROM users")
        crew.drill.environment["DRILL_PATIENCE"] = "4"
        said = crew.manage("1.1", "zdt_migrate", code=1)
        assert str(forgotten.info.backend_pid) in said
        assert (crew.columns(), crew.triggers()) == ({"user_email"}, 0)
        crew.go_on(1)
        forgotten.execute("COMMIT")
        crew.manage("1.1", "zdt_migrate")
        assert crew.columns() == BOTH
    crew.assert_nothing_failed()
    assert_nobody_waited_long(crew, watch)


def test_three_deployments_and_the_way_back_from_each_without_a_failed_operation(
    crew: Crew,
) -> None:
    crew.fill(1_000_000)
    crew.work_as("1.1")
    first, second = crew.press("1.0"), crew.press("1.1")
    with Watch(crew) as watch:
        expand_and_take_it_back(crew)

        crew.stop(first)
        switch_and_take_it_back(crew)

        contract_is_owed_and_done_when_the_last_old_process_has_gone(crew, second)

    assert watch.unequal == []
    assert watch.looks > 10
    crew.assert_nothing_failed()
    assert_nobody_waited_long(crew, watch)


def test_even_a_column_that_has_gone_comes_back_under_load(crew: Crew) -> None:
    crew.fill(20_000)
    crew.work_as("2.0")
    crew.manage("1.1", "zdt_migrate")
    crew.manage("2.0", "zdt_migrate", "--wait", "90s")
    crew.press("2.0")
    with Watch(crew) as watch:
        crew.manage("3.0", "zdt_migrate")
        crew.until_phase("contracted")
        assert crew.columns() == {"email_address"}
        crew.go_on()

        crew.manage("3.0", "zdt_migrate", "shop", "0003")
        assert crew.columns() == BOTH
        crew.manage("2.0", "zdt_migrate", "shop", "0002", "--wait", "90s")
        assert crew.change()["phase"] == "verified"
        crew.press("1.1")
        crew.go_on(3)
    assert watch.unequal == []
    crew.assert_nothing_failed()
    assert_nobody_waited_long(crew, watch)


def expand_and_take_it_back(crew: Crew) -> None:
    crew.manage("1.1", "zdt_migrate")
    assert crew.columns() == BOTH
    crew.until(lambda: crew.filled() > crew.most / 20, "some rows to be filled")

    crew.manage("1.1", "zdt_migrate", "shop", "0001")
    assert (crew.columns(), crew.triggers()) == ({"user_email"}, 0)
    assert crew.change() == {}
    crew.go_on()

    crew.manage("1.1", "zdt_migrate")
    crew.hurry()
    crew.until_phase("verified")
    [(rows, different)] = crew.query(
        "SELECT rows, different FROM zdt_deploy_certificate ORDER BY id DESC LIMIT 1"
    )
    assert (rows >= crew.most, different) == (True, 0)


def switch_and_take_it_back(crew: Crew) -> None:
    crew.manage("2.0", "zdt_migrate")
    assert crew.change()["phase"] == "switched"
    new = crew.press("2.0")
    crew.go_on()

    crew.stop(new)
    again = crew.press("1.0")
    crew.manage("2.0", "zdt_migrate", "shop", "0002")
    assert (crew.change()["phase"], crew.columns()) == ("verified", BOTH)
    crew.go_on()
    crew.stop(again)

    crew.manage("2.0", "zdt_migrate")
    crew.press("2.0")
    crew.go_on()


def contract_is_owed_and_done_when_the_last_old_process_has_gone(crew: Crew, old) -> None:
    crew.work_as("2.0")
    crew.manage("3.0", "zdt_migrate")
    assert crew.change()["owed_at"]
    crew.press("3.0")
    crew.go_on(4)
    assert crew.columns() == BOTH, "1.1 lives"
    assert "1.1" in str(crew.change()["obstacles"])

    crew.manage("3.0", "zdt_migrate", "shop", "0003")
    assert crew.change()["owed_at"] is None
    crew.manage("3.0", "zdt_migrate")

    crew.stop(old)
    crew.until_phase("contracted")
    assert (crew.columns(), crew.triggers()) == ({"email_address"}, 0)
    crew.go_on()

    newest = next(press for press in crew.presses if press.release == "3.0")
    crew.stop(newest)  # the release before reads the same column, and goes on alone
    crew.go_on()


def assert_nobody_waited_long(crew: Crew, watch: Watch) -> None:
    """No statement waited longer than a schema change queues.

    PostgreSQL says for how long sessions of the site waited for the table's lock: 50 times a
    second, so that a wait may be 20 ms longer than it was seen to be, and the change's own
    statement takes a few milliseconds more. What clients measured has the machine's noise on top,
    which is as long as the longest statement that waits for nobody took.
    """
    print(f"longest wait seen {watch.longest_wait:.3f} s of {len(watch.waits)}, ")
    print(f"noise {watch.noise:.3f} s, {watch.looks} comparisons")
    for release, account in crew.accounts:
        print(release, account["operations"], account["longest"], account["slow"][:3])
    allowed = LOCK_SECONDS + 0.1 + watch.noise
    assert watch.longest_wait < allowed, sorted(watch.waits)[-3:]
    for release, account in crew.accounts:
        assert account["longest"] < allowed + watch.noise + 0.5, (release, account["slow"])
