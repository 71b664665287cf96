"""The REST API of the inbox: a thin interface to the same services and queries as the pages."""
