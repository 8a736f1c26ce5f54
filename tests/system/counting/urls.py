"""The drills' site serves nothing."""

urlpatterns: list[object] = []
