"""An app with migrations, for drills of zdt_migrate."""
