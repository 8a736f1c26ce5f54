"""How a letter travels: one module for each way."""

SHORT = {
    "log": "zdt_core.notify.backends.log.Log",
    "email": "zdt_core.notify.backends.mail.Email",
    "slack": "zdt_core.notify.backends.slack.Slack",
    "pagerduty": "zdt_core.notify.backends.pagerduty.PagerDuty",
}
"""Short names for BACKEND; a dotted path to a class of your own does as well."""
