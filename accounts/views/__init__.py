"""The settings pages about people, and one's own profile."""
