from django.contrib import admin

from demo.shop.models import Order, Product, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("username", "email_address", "is_staff", "joined_at")
    search_fields = ("username", "email_address")
    exclude = ("password",)
    readonly_fields = ("joined_at", "last_login")


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "price")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("id", "product", "quantity", "total", "release", "placed_at")
    list_filter = ("release",)
    list_select_related = ("product",)
