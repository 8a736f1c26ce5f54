from django.core.asgi import get_asgi_application

from zdt_core.drain.asgi import lifespan

application = lifespan(get_asgi_application())
