"""A CloudWatch on a port of its own: moto's, with the trimmed counts that it does not have."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from moto.cloudwatch.models import Statistics
from moto.server import DomainDispatcherApplication, create_backend_app

_BOUND = re.compile(r"TC\(:([\d.]+)\)").fullmatch


def with_trimmed_counts(statistics, stat):
    """How many values lie at or below the bound, as AWS defines it."""
    found = _BOUND(stat)
    if found is None:
        return _others(statistics, stat)
    return sum(value <= float(found[1]) for value in statistics.metric_single_values_list)


_others = Statistics.get_statistics_for_type


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


class _Server(WSGIServer):
    allow_reuse_address = True


@contextmanager
def running():
    """The server's address."""
    Statistics.get_statistics_for_type = with_trimmed_counts
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        Statistics.get_statistics_for_type = _others


def forget(address):
    """Everything that was published."""
    with urlopen(Request(f"{address}/moto-api/reset", method="POST")):
        pass


class Publisher:
    """What a site would publish, with boto3, into ``namespace``."""

    def __init__(self, client, namespace="Shop"):
        self.client, self.namespace = client, namespace

    def put(self, metric, second, values, **dimensions):
        self.client.put_metric_data(
            Namespace=self.namespace,
            MetricData=[
                {
                    "MetricName": metric,
                    "Timestamp": datetime.fromtimestamp(second, UTC),
                    "Values": values,
                    "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                }
            ],
        )
