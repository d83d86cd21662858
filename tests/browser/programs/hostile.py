"""Functions whose names would be markup, scripts, and turned text, if a page let them."""

EVIL = "f</script><img src=x onerror=alert(1)>&amp;\"'\u2028\u202e{{data}}\x1b[31m"


def outer():
    return globals()[EVIL]()


def inner():
    return 1


inner.__qualname__ = inner.__name__ = EVIL
globals()[EVIL] = globals().pop("inner")

if __name__ == "__main__":
    import hostile

    for _ in range(20):
        hostile.outer()
