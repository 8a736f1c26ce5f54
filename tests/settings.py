"""Settings of the test suite: the sample shop's, made quick."""

from demo.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ZDT_ENVIRONMENT = "test"
# Django 6.1 warns where mails are sent without it; older ones don't know it.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
