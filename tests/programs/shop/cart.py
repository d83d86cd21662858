"""What a customer orders: goods, their prices, and a cart of them."""

from dataclasses import dataclass

PRICES = {"tea": 4, "coffee": 7, "cake": 5}


class UnknownProduct(Exception):
    """The shop doesn't sell this."""


def price(product):
    """The price of one piece."""
    try:
        return PRICES[product]
    except KeyError:
        raise UnknownProduct(product) from None


@dataclass
class Line:
    """Some pieces of one product."""

    product: str
    pieces: int

    def total(self):
        return self.pieces * price(self.product)


class Cart:
    """A customer's order."""

    def __init__(self, customer, lines):
        self.customer = customer
        self.lines = lines

    @classmethod
    def from_json(cls, order):
        return cls(order["customer"], [Line(*line) for line in order["lines"]])

    @property
    def total(self):
        return self.rebated(sum(self.amounts()))

    def amounts(self):
        for line in self.lines:
            yield line.total()

    @staticmethod
    def rebated(amount):
        """One off for each twenty."""
        return amount - amount // 20
