"""A small shop, as real programs are: an HTTP server with threads, sqlite3, json and asyncio.

`python -m shop --requests 200` starts the server on a free loopback port, sends it that many
orders from four client threads, mails the confirmations, and prints one line. With --truth
it prints JSON with how often each of its functions was called (see truth.py).
"""
