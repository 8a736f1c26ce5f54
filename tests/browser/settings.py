"""Settings of the site that the browser visits: the sample shop's, under a strict policy."""

from demo.settings import *  # noqa: F403
from demo.settings import MIDDLEWARE as _MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [
    "tests.browser.strict.policy_middleware",
    "django.middleware.locale.LocaleMiddleware",
    *_MIDDLEWARE,
]
ZDT_SERVICE = "shop"
ZDT_ENVIRONMENT = "production"
ZDT_VERSION = "2.3.1"
# The processes of the story beat once and are looked at for minutes.
ZDT_FLEET_SILENT_AFTER = 1200.0
ZDT_FLEET_GONE_AFTER = 7200.0
