"""English as most of the world writes dates: day first, 24 hours."""
