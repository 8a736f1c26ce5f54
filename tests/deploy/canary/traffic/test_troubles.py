from types import SimpleNamespace

from zdt_core.fleet.standing import Standing
from zdt_deploy.canary.traffic import troubles

REFUSAL = {"code": "proxy_refused", "params": {"proxy": "nginx at :1", "answer": "no"}}


def agent(instance, facts, standing=Standing.LIVE):
    return SimpleNamespace(instance=instance, host="edge-1", facts=facts, standing=standing)


def test_what_an_agent_told_of_its_proxy_is_put_in_words():
    found = troubles.told([agent("a", {"proxy": {"name": "nginx at :1", "trouble": REFUSAL}})])

    assert [(each.instance, each.host, each.code) for each in found] == [
        ("a", "edge-1", "proxy_refused")
    ]
    assert found[0].text == "nginx at :1 did not take the share: no."


def test_agents_that_are_silent_count_and_those_that_are_gone_or_well_do_not():
    told = {"proxy": {"name": "x", "trouble": REFUSAL}}
    found = troubles.told(
        [
            agent("silent", told, Standing.SILENT),
            agent("gone", told, Standing.GONE),
            agent("well", {"proxy": {"name": "x"}}),
            agent("an edge of our own", {}),
        ]
    )

    assert [each.instance for each in found] == ["silent"]
