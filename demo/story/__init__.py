"""The story that `make demo` tells: a column gets another name while a bad release goes back by
itself and a good one reaches everyone."""
