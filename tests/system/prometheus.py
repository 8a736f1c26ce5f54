"""A real Prometheus on a port of its own."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.system.drill import Drill, Process, eventually

RULES = Path(__file__).resolve().parents[2] / "docs" / "observability" / "alerts.yml"
_CONFIG = """
global: {{scrape_interval: 500ms, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: shop
    metrics_path: /zdt/metrics
    honor_labels: true
    authorization: {{credentials_file: "{token}"}}
    static_configs: [{{targets: {targets}}}]
"""


class Prometheus(Process):
    """Scrapes ``targets`` twice a second, with the token and the shipped rules."""

    port: int

    @classmethod
    def watching(cls, drill: Drill, token: str, *targets: str) -> Prometheus:
        (drill.folder / "token").write_text(token)
        config = drill.folder / "prometheus.yml"
        config.write_text(
            _CONFIG.format(
                rules=RULES, token=drill.folder / "token", targets=json.dumps(list(targets))
            )
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [
            "prometheus", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
            f"--storage.tsdb.path={drill.folder / 'tsdb'}", "--log.level=warn",
        ]  # fmt: skip
        started = cls(command, drill.environment, drill.folder / "prometheus.log")
        started.port = port
        drill.processes.append(started)
        eventually(started.is_up, "Prometheus to be up")
        return started

    def is_up(self) -> bool:
        try:
            return bool(self.ask("query", query="1"))
        except OSError:
            return False

    def ask(self, what: str, **values: str) -> Any:
        """The data of an answer of its API. Raises OSError where it is none."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(values)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is starting
                raise
            raise AssertionError(f"{values}: {error.read().decode()}") from error

    def query(self, query: str) -> list[tuple[dict[str, str], float]]:
        """The labels and value of each series now."""
        result = self.ask("query", query=query)["result"]
        return [(each["metric"], float(each["value"][1])) for each in result]
