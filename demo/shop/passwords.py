from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Few rounds, so that the load's logins measure the shop. Never for real accounts."""

    algorithm = "pbkdf2_sha256_quick"
    iterations = 5_000
