"""How often each function is called, and ends by an exception, in a day of so many orders.

Told from what the program does, not measured: tests compare it with what was recorded.
"""

# As shop.client has them, which this mustn't call: that would be counted.
THREADS = 4


def counts(requests):
    """Calls and errors by name; `main`, still running, and what decorators hide are left out."""
    numbers = range(requests)
    wrong = [number % 20 == 19 for number in numbers]
    sizes = [1 + number % 3 for number in numbers]
    bad = sum(wrong)
    good = requests - bad
    # A cart's total is asked for when it is saved and again for the answer; where its last
    # line has an unknown product, the first question fails.
    totals = 2 * good + bad
    amounts = sum(size if is_wrong else 2 * size for size, is_wrong in zip(sizes, wrong))
    # A connection's thread opens the file when it saves its first good order.
    saving = len({number % THREADS for number in numbers if not wrong[number]})
    pairs = {
        "shop.cart:Cart.__init__": (requests, 0),
        "shop.cart:Cart.amounts": (totals, bad),
        "shop.cart:Cart.from_json": (requests, 0),
        "shop.cart:Cart.rebated": (2 * good, 0),
        "shop.cart:Cart.total": (totals, bad),
        "shop.cart:Line.__init__": (sum(sizes), 0),
        "shop.cart:Line.total": (amounts, bad),
        "shop.cart:price": (amounts, bad),
        "shop.client:Customer.__init__": (THREADS, 0),
        "shop.client:Customer.run": (THREADS, 0),
        "shop.client:Customer.send": (requests, 0),
        "shop.client:orders": (1, 0),
        "shop.client:send_all": (1, 0),
        "shop.client:size": (requests, 0),
        "shop.client:wants_gold": (requests, 0),
        "shop.day:run": (1, 0),
        "shop.mail:Postman.__init__": (1, 0),
        "shop.mail:Postman.deliver": (good, 0),
        "shop.mail:Postman.nap": (1, 1),
        "shop.mail:Postman.walk": (good, 0),
        "shop.mail:letters": (1, 0),
        "shop.mail:send": (1, 0),
        "shop.mail:send_confirmations": (1, 0),
        "shop.server:Handler.answer": (requests, 0),
        "shop.server:Handler.body": (requests, 0),
        "shop.server:Handler.do_POST": (requests, 0),
        "shop.server:Handler.log_message": (requests, 0),
        "shop.server:Handler.order": (requests, bad),
        "shop.server:Server.__init__": (1, 0),
        "shop.store:Store.__init__": (1, 0),
        "shop.store:Store.close": (1, 0),
        "shop.store:Store.connect": (1 + saving, 0),
        # To make the table, to save each good order, and for three questions at the end.
        "shop.store:Store.connection": (1 + good + 3, 0),
        "shop.store:Store.count": (1, 0),
        "shop.store:Store.customers": (1, 0),
        "shop.store:Store.one": (2, 0),
        "shop.store:Store.save": (requests, bad),
        "shop.store:Store.turnover": (1, 0),
    }
    return {name: {"calls": calls, "errors": errors} for name, (calls, errors) in pairs.items()}
