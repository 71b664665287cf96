"""Networks that cannot be run for real, as a server on this machine."""
