"""What the comparison refuses, and what it tells the checklist."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "comparison_region_unknown": _(
            "Nothing was taken in from a region “{region}”. There is: {known}. Leave the region "
            "out for all together."
        ),
        "comparison_regions_unseen": _(
            "Nothing is taken in from {regions}, as no worker or ticker runs there. Start one, or "
            "compare the releases there by other means, then tick this."
        ),
        "comparison_errors_unseen": _(
            "Fewer than {least} requests of both releases were compared. Look for kinds of errors "
            "that the old release did not log, then tick this."
        ),
        "comparison_errors_unheard": _(
            "{failed} of {requests} requests to the new release failed, and none of them logged an "
            "error: the log is not seen (docs/how-to/compare-versions.md). Look at it, then tick "
            "this."
        ),
        "comparison_errors_worse": _(
            "Side by side, surely new or more often in the new release: {what}. See the "
            "deployment's comparison; roll back, or waive this with a reason."
        ),
        "comparison_errors_later": _(
            "Since everyone is on the new release, new or more often than in the half hour before: "
            "{what}. It may be the hour, too: look at the deployment's comparison, then tick this."
        ),
        "comparison_errors_alike": _(
            "{basis}: of {patterns} kinds of errors none is surely new or more often, over "
            "{requests} requests to the new release. New, and too rare to tell: {rare}."
        ),
        "comparison_queries_unseen": _(
            "Fewer than {least} requests of both releases were compared, or no query of one was "
            "seen. Compare the time in the database, and the slowest queries, with those of last "
            "week, then tick this."
        ),
        "comparison_queries_worse": _(
            "Side by side, the new release spends {new} ms a request in the database, the old one "
            "{old} ms. See the deployment's comparison; roll back, or waive this with a reason."
        ),
        "comparison_queries_later": _(
            "Since everyone is on the new release, a request spends {new} ms in the database, "
            "{old} ms in the half hour before. It may be the hour, too: look at the deployment's "
            "comparison, then tick this."
        ),
        "comparison_queries_grew": _(
            "The time in the database is {new} ms a request, {old} ms before, but of some queries "
            "it grew: {what}. Look at the deployment's comparison, then tick this."
        ),
        "comparison_queries_alike": _(
            "{basis}: {new} ms a request in the database, {old} ms before, and no query that takes "
            "much takes half as much again."
        ),
    }
)
