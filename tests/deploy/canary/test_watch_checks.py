"""Settings that would hurt in the middle of a rollback are found before."""

from zdt_deploy.canary.watch_checks import (
    callbacks_can_be_called,
    the_metric_source_can_be_had,
    times_fit,
)

HERE = "tests.deploy.canary.test_watch_checks"
NOT_A_FUNCTION = 7


def page_somebody(deployment_id, region, idempotency_key):
    pass


def ids(found):
    return [message.id for message in found]


def test_the_usual_settings_are_fine(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.page_somebody"]
    assert callbacks_can_be_called() == times_fit() == the_metric_source_can_be_had() == []


def test_a_metric_source_that_cannot_be_had_is_an_error(settings):
    settings.ZDT_METRIC_SOURCE = {"kind": "promtheus"}
    [found] = the_metric_source_can_be_had()
    assert (found.id, "promtheus" in found.msg) == ("zdt_deploy.E033", True)


def test_a_callback_that_cannot_be_imported_is_an_error(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.gone", "nowhere.at.all"]
    found = callbacks_can_be_called()
    assert ids(found) == ["zdt_deploy.E030", "zdt_deploy.E030"]
    assert "ImportError" in found[0].msg


def test_a_callback_that_is_no_function_is_an_error(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.NOT_A_FUNCTION"]
    assert "it is no function" in callbacks_can_be_called()[0].msg


def test_windows_longer_than_the_interval_are_warned_about(settings):
    settings.ZDT_METRICS_WINDOW = 61
    assert ids(times_fit()) == ["zdt_deploy.W031"]


def test_a_lease_that_outlasts_the_share_is_warned_about(settings):
    settings.ZDT_MONITOR_LEASE_SECONDS = 110
    assert ids(times_fit()) == ["zdt_deploy.W032"]


def test_settings_of_a_wrong_type_are_left_to_their_own_check(settings):
    settings.ZDT_METRICS_WINDOW = "ten"
    settings.ZDT_ROLLBACK_CALLBACKS = "shop.page"
    assert callbacks_can_be_called() == times_fit() == []


def pause(deployment_id, word, idempotency_key):
    pass


def test_a_callback_that_does_not_take_what_it_is_told_is_an_error(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.pause", "builtins.dict"]
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.page_somebody", f"{HERE}.pause"]
    first, second = callbacks_can_be_called()
    assert "pause of ZDT_ROLLBACK_CALLBACKS cannot be used" in first.msg
    assert "page_somebody of ZDT_ROLLING_CALLBACKS cannot be used" in second.msg
    assert "deployment_id and word and idempotency_key" in second.hint
