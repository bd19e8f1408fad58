"""``python -m fuzzing``."""

from fuzzing.campaign import main

main()
