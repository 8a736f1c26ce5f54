from typing import Any

from django.core.management.base import BaseCommand

from demo.shop import catalogue


class Command(BaseCommand):
    help = "Fills the sample shop with products and customers; does nothing where they exist."

    def handle(self, *args: Any, **options: Any) -> None:
        products, customers = catalogue.fill()
        if options["verbosity"]:
            self.stdout.write(f"The shop has {products} products and {customers} accounts.")
