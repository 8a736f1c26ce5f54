from __future__ import annotations

from django import forms

from demo.shop.models import Product

MOST_OF_ONE = 9


class CheckoutForm(forms.Form):
    """What one press of the order button sends."""

    product: forms.ModelChoiceField[Product] = forms.ModelChoiceField(
        queryset=Product.objects.all(), to_field_name="slug"
    )
    quantity = forms.IntegerField(min_value=1, max_value=MOST_OF_ONE)
