"""A station comes in by a one-time code, and its certificate is renewed while the agent works.

centre      the HTTPS exchange with the centre, and how it is trusted the first time
enrol       `shian edge enroll`: keys, certificate, edge.toml
renewal     the agent's thread that renews the certificate
"""
