"""A web process whose requests go through the real middleware, each with a query.

Release 2.0 logs an error for every fourth.
"""

import logging
import signal
import time
from itertools import count

from django.core.management.base import BaseCommand
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from zdt_core import fleet, identity
from zdt_core.metering import MeteringMiddleware

logger = logging.getLogger("visitors")
PAUSE = 0.01


class Command(BaseCommand):
    def handle(self, *args, **options):
        fleet.join("web")
        stopped, number = [], count(1)
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))

        def view(request):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            order = next(number)
            if identity.release() == "2.0" and order % 4 == 0:
                logger.error("order %s is lost", order)
            return HttpResponse()

        serve, request = MeteringMiddleware(view), RequestFactory().get("/")
        while not stopped:
            serve(request)
            time.sleep(PAUSE)
        fleet.leave()
