"""What costs and advice say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "cost_figure_unknown": _("Costs know no figure “{field}”. Did you mean: {nearest}?"),
        "cost_figure_wrong": _("“{field}” must be {expected}, not {value}."),
        "cost_instances_unknown": _(
            "No web process of “{service}” is alive in {environment}, so nobody knows how many "
            "machines it has. Say it: --instances N."
        ),
        "advice_pays": _(
            "Zero-downtime releases are worth the effort here: nothing speaks against them. Which "
            "strategy is worth its price, `manage.py zdt_deployment cost` tells."
        ),
        "advice_does_not_pay": _(
            "Zero-downtime releases do not pay here: restart the site for a deployment, and come "
            "back when what speaks against it has changed."
        ),
        "advice_not_enough_data": _(
            "Not enough data to say whether zero-downtime releases pay here."
        ),
        "advice_traffic_unknown": _(
            "Traffic is not known yet: {hours} h were measured within {days} days, and it takes "
            "{needed} h. Add `zdt_core.metering.MeteringMiddleware`, run `zdt_worker` or "
            "`zdt_ticker`, and ask again later."
        ),
        "advice_traffic_partial": _(
            "Traffic is not known yet: {requests} requests an hour were measured without these "
            "regions: {regions}. Run a `zdt_worker` or `zdt_ticker` there, and ask again later."
        ),
        "advice_traffic_low": _(
            "{requests} requests an hour (of {hours} h measured within {days} days) are fewer than "
            "{limit}: hardly anybody would meet a restart."
        ),
        "advice_traffic_high": _(
            "{requests} requests an hour (of {hours} h measured within {days} days): a restart of "
            "{seconds} s would meet {lost} of them."
        ),
        "advice_frequency_unknown": _(
            "How often it is deployed is not known: no deployment on record is older than a week."
        ),
        "advice_too_often": _(
            "{deployments} deployments a day are {limit} or more: watching each costs more than a "
            "restart of {seconds} s does."
        ),
        "advice_not_too_often": _(
            "{deployments} deployments a day are fewer than {limit}: there is time to watch each."
        ),
        "advice_consistency_unknown": _(
            "Whether all machines must agree at every moment (ledgers, stock, bookings) is not "
            "said: put `strong_consistency` into ZDT_ADVICE."
        ),
        "advice_consistency_yes": _(
            "All machines must agree at every moment: a short stop while the schema changes is "
            "safer than two releases at once."
        ),
        "advice_consistency_no": _("Two releases may work side by side."),
        "advice_monolith_unknown": _(
            "Whether it is one large program without inner borders is not said: put `monolith` "
            "into ZDT_ADVICE."
        ),
        "advice_monolith_yes": _(
            "It is one large program without inner borders: a change can hardly be kept compatible "
            "in pieces. Draw borders first."
        ),
        "advice_monolith_no": _("It has inner borders, along which changes can be split."),
        "advice_people_unknown": _(
            "Whether it is an internal tool is not said: put `internal_people` into ZDT_ADVICE (0 "
            "if it is none)."
        ),
        "advice_people_public": _("It is no internal tool."),
        "advice_people_few": _(
            "It is an internal tool of {people} people: tell them when you restart it."
        ),
        "advice_people_few_minutes": _(
            "It is an internal tool of {people} people: restarts for {week} deployments a week "
            "cost them {minutes} minutes a week in all. Tell them when you restart it."
        ),
    }
)
