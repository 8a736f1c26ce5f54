"""A small Datadog: what it knows of is asked for by queries, over HTTP, in both of its APIs."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_QUERY = re.compile(
    r"(?P<how>\w+)(?:\(v: v<=(?P<bound>[\d.]+)\))?:(?P<metric>[\w.]+)\{(?P<filter>[^}]*)\}"
    r" by \{(?P<by>[^}]*)\}\.as_count\(\)\.rollup\(sum, (?P<seconds>\d+)\)"
)


class Datadog:
    """``points`` are ``(metric, tags, second, values)``; a distribution has several values, and
    a count one. ``answer`` takes the place of the next answers."""

    def __init__(self):
        self.port = 0
        self.forget()

    def forget(self):
        """Everything that was submitted, asked and said."""
        self.points, self.requests, self.answer = [], [], None
        self.keys = {"DD-API-KEY": "", "DD-APPLICATION-KEY": ""}
        self.metrics_read = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def submit(self, metric, second, values, **tags):
        self.points.append((metric, tags, second, values))

    def reply(self, path, headers, body):
        """The status and what is answered."""
        if self.answer is not None:
            return self.answer
        if any(headers.get(name) != key for name, key in self.keys.items()):
            return 403, {"errors": ["Forbidden"]}
        parts = urlsplit(path)
        if parts.path == "/api/v1/query":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return 200, self._v1(int(asked["from"]), int(asked["to"]), asked["query"])
        if parts.path == "/api/v2/query/timeseries":
            return 200, self._v2(json.loads(body)["data"]["attributes"])
        metric = parts.path.split("/")[-2]
        if not self.metrics_read:
            return 403, {"errors": ["Forbidden"]}
        tags = [f"{key}:{value}" for name, has, *_ in self.points if name == metric
                for key, value in has.items()]  # fmt: skip
        if not tags:
            return 404, {"errors": ["Not found"]}
        return 200, {"data": {"type": "metrics", "id": metric, "attributes": {"tags": tags}}}

    def _v1(self, begin, end, queries):
        found = []
        for number, query in enumerate(_QUERY.finditer(queries)):
            seconds = int(query["seconds"])
            for group, values in self._groups(query, begin, end).items():
                points = [[second * 1000, values.get(second)]
                          for second in range(begin, end, seconds)]  # fmt: skip
                found.append({
                    "query_index": number, "interval": seconds, "pointlist": points,
                    "tag_set": list(group), "scope": ",".join(group), "metric": query["metric"],
                })  # fmt: skip
        return {"status": "ok", "series": found, "query": queries}

    def _v2(self, asked):
        begin, end, step = asked["from"] // 1000, asked["to"] // 1000, asked["interval"] // 1000
        times = list(range(begin, end, step))
        series, columns = [], []
        for number, each in enumerate(asked["queries"]):
            query = _QUERY.fullmatch(each["query"])
            for group, values in self._groups(query, begin, end).items():
                series.append({"query_index": number, "group_tags": list(group), "unit": None})
                columns.append([values.get(second) for second in times])
        found = {"series": series, "times": [second * 1000 for second in times], "values": columns}
        return {"data": {"type": "timeseries_response", "attributes": found}}

    def _groups(self, query, begin, end):
        """Values by window, by the tags of each group."""
        wanted = dict(pair.split(":") for pair in query["filter"].split(","))
        seconds, found = int(query["seconds"]), {}
        for metric, tags, second, values in self.points:
            if metric != query["metric"] or not begin <= second < end:
                continue
            if any(tags.get(name) != value for name, value in wanted.items()):
                continue
            if query["how"] == "sum":
                amount = sum(values)
            elif query["bound"] is None:
                amount = len(values)
            else:
                amount = sum(value <= float(query["bound"]) for value in values)
            group = found.setdefault(
                tuple(f"{key}:{tags[key]}" for key in query["by"].split(",")), {}
            )
            window = second // seconds * seconds
            group[window] = group.get(window, 0) + amount
        return found


@contextmanager
def running():
    """A server that answers for it."""
    datadog = Datadog()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            datadog.requests.append((self.command, self.path, dict(self.headers), body))
            status, said = datadog.reply(self.path, self.headers, body)
            answer = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:  # it was too large for who asked
                self.close_connection = True

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    datadog.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield datadog
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
