"""The package in somebody else's project: built, installed and set up as README.md says."""
