"""What every process needs while two releases of a site are alive."""

__version__ = "0.1.0.dev0"
