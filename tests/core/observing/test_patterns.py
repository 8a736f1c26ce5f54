"""What makes two log records one pattern."""

import json
import logging
import sys

from zdt_core.observing import patterns


def record(message="broken", *args, logger="shop", level=logging.ERROR, exc_info=None):
    return logging.LogRecord(logger, level, __file__, 1, message, args, exc_info)


def raised(error):
    try:
        raise error
    except type(error):
        return sys.exc_info()


def of(*args, **kwargs):
    return patterns.of_record(record(*args, **kwargs), with_sample=True)


def buy(order):
    raise ValueError(f"order {order} is broken")


def sell(order):
    raise ValueError(f"order {order} is broken")


def failed(work, order):
    try:
        work(order)
    except ValueError:
        return sys.exc_info()


def test_the_template_groups_not_its_arguments():
    assert of("order %s of %s", 17, "ada").id == of("order %s of %s", 18, "bob").id


def test_a_message_that_was_put_together_before_is_grouped_by_its_shape():
    assert of("order 17 failed").id == of("order 18 failed").id
    assert of("order 17 failed").id != of("order 17 is late").id


def test_a_template_without_a_word_is_told_by_its_first_argument():
    """As Django logs statuses without an exception."""
    down = of("%s: %s", "Service Unavailable", "/orders/17/")

    assert down.text == "Service Unavailable"
    assert down.id == of("%s: %s", "Service Unavailable", "/cart/").id
    assert down.id != of("%s: %s", "Bad Gateway", "/orders/17/").id
    assert of("%s", ValueError("order 17 is lost")).text == "order ‹n› is lost"
    assert of("%(what)s", {"what": "lost"}).text == "lost"


def test_loggers_and_levels_are_told_apart():
    ids = {of().id, of(logger="shop.cart").id, of(level=logging.CRITICAL).id}

    assert len(ids) == 3


def test_an_exception_is_its_class_and_the_place_in_the_project():
    one, other = of(exc_info=failed(buy, 1)), of(exc_info=failed(buy, 2))
    elsewhere = of(exc_info=failed(sell, 1))

    assert one.id == other.id != elsewhere.id
    assert (one.text, one.where) == ("ValueError", f"{__name__}.buy")
    assert one.sample == "ValueError: order 1 is broken"


def test_the_place_is_the_innermost_frame_of_the_project_not_of_a_library():
    def parse():
        return json.loads("{")

    try:
        parse()
    except ValueError:
        pattern = of(exc_info=sys.exc_info())

    assert pattern.where.endswith(".parse")
    assert pattern.text == "json.decoder.JSONDecodeError"


def test_an_exception_without_a_traceback_and_one_that_cannot_speak_do_no_harm():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert of(exc_info=(ValueError, ValueError("x"), None)).where == ""
    assert of(exc_info=raised(Mute())).sample.endswith("Mute: (RuntimeError)")


def test_arguments_that_do_not_fit_their_template_do_no_harm():
    assert of("order %d", "x").sample == "(TypeError)"


def test_samples_can_be_left_out_and_tell_nothing_apart():
    without = patterns.of_record(record("order %s", 1), with_sample=False)

    assert without.sample == ""
    assert without.id == of("order %s", 2).id
    assert without == patterns.of_record(record("order %s", 3), with_sample=True)
