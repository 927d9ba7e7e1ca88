"""`python -m service.cli` is `belong`."""

from service.cli import main

main()
