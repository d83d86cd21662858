"""Placeholder until the payload's own."""

try:
    import @PACKAGE@
    @PACKAGE@.start("sitecustomize")
except Exception:
    pass
