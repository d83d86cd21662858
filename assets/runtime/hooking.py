"""Hook what the targets chose in a module: finds the callables and hands them to the engine.

The engine is chosen here, once an interpreter. Both answer the same calls: `hook(found)`,
`watch_main(hook_main)`, `recording_path()`, `troubles()`, `reaches_nested` and `reaches_builtins`.
"""

from . import discovery, engines, plan


class Hooker:
    """The engine of this interpreter, and what it is asked to time."""

    def __init__(self, session) -> None:
        self.session = session
        self.targets = session.targets
        why = session.state["why"]
        self.engine = _make(self.targets, why)
        session.state["engine"] = self.engine.name

    def hook_module(self, module) -> None:
        """Hook the chosen functions of a module; those hooked before stay as they are."""
        engine = self.engine
        for found in discovery.find(module, self.targets, engine.reaches_nested, engine.reaches_builtins):
            engine.hook(found)

    def watch_main(self) -> None:
        """Hook the functions of `__main__` when its code starts, before it defines them."""
        self.engine.watch_main(self._hook_main)

    def _hook_main(self, code) -> None:
        try:
            for found in discovery.find_in_code("__main__", code, self.targets):
                self.engine.hook(found)
        except Exception as error:
            if self.session.fail("hooking __main__", error):
                raise


def _make(targets, why: "list[str]"):
    name, reason = engines.choose(plan.ENGINE)
    if reason:
        why.append(reason)
    if name == "native":
        from . import native

        try:
            return native.Engine(targets, why)
        except native.Unavailable as unavailable:
            why.append("the Python engine works instead: %s" % unavailable)
    from . import python_engine

    return python_engine.Engine(targets, why)
