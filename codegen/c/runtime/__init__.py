"""What the generated package runs on: copied into it by ``symcheck generate``."""
