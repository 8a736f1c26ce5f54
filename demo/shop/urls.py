from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from demo.shop import views

app_name = "shop"
urlpatterns = [
    path("", views.product_list, name="products"),
    path("products/<slug:slug>/", views.product, name="product"),
    path("products/<slug:slug>/delivery/", views.delivery, name="delivery"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/<int:pk>/", views.order, name="order"),
    path("account/", views.account, name="account"),
    path("sign-up/", views.sign_up, name="sign-up"),
    path("login/", LoginView.as_view(template_name="shop/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
