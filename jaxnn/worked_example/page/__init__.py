"""The page of a worked example: one HTML file that runs in a browser without a server.

`assets/` holds its style and its programs, which compute every number again in JavaScript.
"""
