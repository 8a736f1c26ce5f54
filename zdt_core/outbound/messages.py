"""The sentences of the client's codes."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "outbound_url_invalid": _("{url} is no http(s) URL with a host."),
        "outbound_address_denied": _(
            "{url} leads to {address}, which zdt may not call. Where that is meant, add its "
            "network to ZDT_OUTBOUND_ALLOW."
        ),
        "outbound_downgrade": _("{url} leads from https to http, which would tell others."),
        "outbound_too_slow": _("{url} had not answered fully after {seconds} s."),
        "outbound_too_large": _("{url} answered with more than {limit} bytes."),
        "outbound_unknown_host": _("The host of {url} cannot be found: {reason}."),
        "outbound_untrusted": _(
            "The certificate of {url} is not trusted: {reason}. For an authority of your own set "
            "ZDT_OUTBOUND_CA_BUNDLE."
        ),
        "outbound_unreachable": _("{url} cannot be reached: {reason}."),
        "outbound_lost_its_way": _("{url} led through more than {hops} redirects."),
    }
)
