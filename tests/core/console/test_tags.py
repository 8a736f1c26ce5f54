"""Template tags of the console."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone, translation

from zdt_core.templatetags.zdt_console import prose, thousands, zdt_time


def test_a_time_of_today_is_short_and_its_title_says_all():
    moment = timezone.now().replace(microsecond=0)
    shown = str(zdt_time(moment))

    assert f">{timezone.localtime(moment):%H:%M:%S}</time>" in shown
    assert f'datetime="{timezone.localtime(moment).isoformat()}"' in shown
    assert f"{moment.year}," in shown.partition("title=")[2]


def test_another_day_is_named():
    moment = timezone.localtime() - timedelta(days=40)

    assert f"{moment.day} " in str(zdt_time(moment)).rpartition('">')[2]


def test_no_time_is_a_dash():
    assert zdt_time(None) == "–"


def test_a_time_is_shown_in_the_sites_zone():
    with timezone.override("Asia/Tokyo"):
        assert "2026-01-01T09:00:00+09:00" in str(zdt_time(datetime(2026, 1, 1, tzinfo=UTC)))


def test_numbers_are_grouped_as_the_language_does():
    with translation.override("en"):
        assert thousands(1234567.4) == "1,234,567"
    with translation.override("de"):
        assert thousands(1234567.4) == "1.234.567"
    assert thousands(None) == "–"


def test_what_is_to_be_typed_is_marked_and_everything_else_escaped():
    assert prose("Run `x <y>` & see") == "Run <code>x &lt;y&gt;</code> &amp; see"
