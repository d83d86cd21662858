"""What every program of `cargo xtask matrix` calls: the probe's targets, and all of them."""


def visit():
    return 1


def steps(count):
    yield from range(count)


class Visitor:
    def visit(self):
        return 2
