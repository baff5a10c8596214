"""The right to ask: who asks (`Caller`), and the one table of permissions that says what each role may do.

Each route declares its permission with `need("noun.verb")`; a route without one is a fault that `undeclared` names.
"""
