"""The live-update process: says in every entitled browser which tickets changed.

`messages` is what is said, `hub` to whom, `listener` where it comes from, `viewers` who is who,
`server` the ASGI application around them.
"""
