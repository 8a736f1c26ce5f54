from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo.shop import catalogue
from demo.shop.models import User


class Command(BaseCommand):
    help = "Fills the sample shop with products and customers; does nothing where they exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accounts", type=int, default=0, help="So many further accounts, unused."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        User.objects.gather(options["accounts"])
        products, customers = catalogue.fill()
        if options["verbosity"]:
            self.stdout.write(f"The shop has {products} products and {customers:,} accounts.")
