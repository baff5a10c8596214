"""Every operation of the OpenAPI document, asked with what the document allows and with what it does not, by callers
with other rights. Schemathesis makes the requests; whether an answer is right follows from the permission that its
route declares."""
