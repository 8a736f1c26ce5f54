"""The sample shop as its releases ship it while ``users.user_email`` becomes ``email_address``.

The first generation is ``demo/shop`` itself. Each later one is a folder here with the files that
differ from the one before, and is laid out as a whole project to run from.
"""

from demo.generations.copies import GENERATIONS, lay_out

__all__ = ["GENERATIONS", "lay_out"]
