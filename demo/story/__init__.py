"""The story that `make demo` tells: a bad release that goes back by itself, and a good one."""
