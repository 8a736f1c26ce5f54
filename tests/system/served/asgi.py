from django.core.asgi import get_asgi_application

application = get_asgi_application()

from zdt_core.drain.asgi import lifespan  # noqa: E402  (the apps have to be ready)

application = lifespan(application)
