import threading

from zdt_core import drain
from zdt_core.drain import tickets


def test_tickets_are_counted_until_they_are_done():
    one, two = drain.Ticket(), drain.Ticket()
    assert drain.in_flight() == 2

    one.done()
    one.done()
    assert drain.in_flight() == 1

    two.done()
    assert drain.in_flight() == 0


def test_a_ticket_is_a_context_manager():
    with drain.Ticket():
        assert drain.in_flight() == 1

    assert drain.in_flight() == 0


def test_a_lost_ticket_is_handed_in():
    ticket = drain.Ticket()
    del ticket

    assert drain.in_flight() == 0


def test_the_oldest_is_told_apart():
    assert drain.oldest() == 0.0

    ticket = drain.Ticket()
    tickets._live[ticket._number] -= 5
    with drain.Ticket():
        assert 5 <= drain.oldest() < 10
    ticket.done()


def test_threads_do_not_miscount():
    def work():
        for _ in range(500):
            with drain.Ticket():
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert drain.in_flight() == 0
