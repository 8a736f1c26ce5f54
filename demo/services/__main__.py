"""`python -m demo.services PARENT`: the keeper, started by `demo.services.Services`."""

from demo.services.keeper import main

main()
