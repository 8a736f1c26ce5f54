"""The figures of the two queues."""

from zdt_core.jobs import queues


def test_a_slice_that_hangs_is_interrupted_once_its_lease_is_lost():
    limits = {each.name: each.time_limit(each.lease) for each in queues.QUEUES.values()}

    assert limits == {"zdt": 50, "zdt-monitor": 15}


def test_figures_follow_the_settings(settings):
    settings.ZDT_RING_AGAIN_SECONDS = 7
    settings.ZDT_MONITOR_RETRY_SECONDS = 3
    settings.ZDT_MONITOR_SLICE_SECONDS = 2

    work, monitor = queues.QUEUES[queues.WORK], queues.QUEUES[queues.MONITOR]

    assert (work.ring_again, monitor.longest_retry, monitor.slice) == (7, 3, 2)
