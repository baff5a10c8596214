"""The certificates of a district: a small authority of its own, what it issues, and the list of what it revoked.

    Authority.create / Authority.open     the authority in a folder: ca.crt, ca.key (0600)
    Authority.issue_client                a certificate for a station's request (its name is chosen here, not there)
    Authority.issue_server                a certificate for a broker or a server, good for these names and addresses
    Authority.revocations                 the list (CRL) that a broker reads
    requests                              keys and requests, made at the machine that keeps the key
    certificates                          what a certificate says, and when it is due to be renewed
    pairs                                 certificate and key as files: first writing, atomic renewal

No clock is read here: the time comes in as an argument.
"""
