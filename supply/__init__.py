"""Parts of a release: the locked set of packages, their licences, and the faults that are known of them."""
