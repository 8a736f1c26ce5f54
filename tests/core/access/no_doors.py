"""A site that does not mount zdt's URLs."""

urlpatterns: list[object] = []
