"""A web shop for `cargo xtask collectors`, served by gunicorn: functions that are quick, slow and
failing, with times over several powers of ten."""

import random
import time


def price(article):
    return len(article) * 3


def total(articles):
    return sum(price(article) for article in articles)


def pay(amount):
    # Most payments take milliseconds, few a tenth of a second.
    time.sleep(min(0.002 * random.paretovariate(1.2), 0.12))
    if amount % 13 == 0:
        raise ValueError("no such amount")
    return amount


def app(environ, start_response):
    number = int(environ["PATH_INFO"].strip("/") or 0)
    try:
        text = str(pay(total(["x" * (number % 50)] * 20) + number))
    except ValueError as error:
        text = str(error)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
