# Written by `probe install`; `probe uninstall` removes it.
# Starts the probe, then runs the sitecustomize that this file hides, if there is one.
_hidden = None
try:
    import @PACKAGE@ as _probe

    _probe.start("sitecustomize")
    _hidden = _probe.hidden_sitecustomize(__file__)
except Exception:
    pass
if _hidden is not None:
    _hidden()
