"""What is configured, reachable, missing and stale, and what to do next. It only reads.

`findings` does the examinations that rooms registered by `examine`; `manage.py zdt_doctor` prints
them, and the overview shows what is not ok.
"""

from zdt_core.doctor.finding import Finding, Standing, of_check, ok, unknown, warning, wrong
from zdt_core.doctor.registry import examine
from zdt_core.doctor.rounds import findings

__all__ = [
    "Finding", "Standing", "examine", "findings", "of_check", "ok", "unknown", "warning", "wrong",
]  # fmt: skip
