from zdt_core.metering import checks


def test_metering_after_health_and_drain_is_right(settings):
    settings.MIDDLEWARE = [*checks.BEFORE_IT, checks.METERING]

    assert checks.metering_sees_only_traffic() == []


def test_health_checks_that_count_as_traffic_are_warned_about(settings):
    settings.MIDDLEWARE = [checks.METERING, checks.BEFORE_IT[0]]

    assert [found.id for found in checks.metering_sees_only_traffic()] == ["zdt_core.W050"]


def test_without_metering_there_is_nothing_to_say(settings):
    settings.MIDDLEWARE = list(checks.BEFORE_IT)

    assert checks.metering_sees_only_traffic() == []
