"""The functions that bench_call.py calls; as small as functions can be."""


def call(x):
    return x


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


async def coroutine(x):
    return x


def generator():
    for item in range(10):
        yield item
