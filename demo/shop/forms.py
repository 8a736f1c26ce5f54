from __future__ import annotations

from django import forms

from demo.shop.models import Product, User

MOST_OF_ONE = 9


class CheckoutForm(forms.Form):
    """What one press of the order button sends."""

    product: forms.ModelChoiceField[Product] = forms.ModelChoiceField(
        queryset=Product.objects.all(), to_field_name="slug"
    )
    quantity = forms.IntegerField(min_value=1, max_value=MOST_OF_ONE)


class EmailForm(forms.Form):
    """The e-mail address, under a name that every release understands."""

    email = forms.EmailField(label="E-mail address", max_length=255)


class SignUpForm(EmailForm):
    """A new customer."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(widget=forms.PasswordInput)

    field_order = ("username", "email", "password")

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("Somebody has this name already.")
        return username
