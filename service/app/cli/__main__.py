"""`python -m service.app.cli` is `belong`."""

from service.app.cli import main

main()
