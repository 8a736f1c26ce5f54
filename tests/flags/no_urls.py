"""A site without the address of the flags."""

urlpatterns: list = []
