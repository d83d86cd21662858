"""Confirmations, sent at the same time by coroutines; a slow postman is given up."""

import asyncio


async def letters(customers):
    """Writes one letter after another."""
    for customer in customers:
        yield "Dear %s, thank you for your order." % customer


class Postman:
    """Delivers letters, eight at a time."""

    def __init__(self):
        self.hands = asyncio.Semaphore(8)
        self.delivered = 0

    async def deliver(self, letter):
        async with self.hands:
            await self.walk()
            self.delivered += 1

    async def walk(self):
        await asyncio.sleep(0)

    async def nap(self):
        """Never ends by itself."""
        await asyncio.sleep(3600)


async def send(customers):
    postman = Postman()
    work = [asyncio.ensure_future(postman.deliver(letter)) async for letter in letters(customers)]
    await asyncio.gather(*work)
    try:
        await asyncio.wait_for(postman.nap(), 0.01)
    except asyncio.TimeoutError:
        pass
    return postman.delivered


def send_confirmations(customers):
    return asyncio.run(send(customers))
