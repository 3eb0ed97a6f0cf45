"""`python -m indii.cli` is `indii`."""

from indii.cli import main

main()
