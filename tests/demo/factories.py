import factory

from demo.shop.models import Product, User


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    slug = factory.Sequence(lambda number: f"product-{number}")
    name = factory.Sequence(lambda number: f"Product {number}")
    blurb = "Lasts."
    price = "12.50"


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"customer{number}")
    user_email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password("secret")
