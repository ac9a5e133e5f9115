#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Works through a list of orders, beating at each, until one of them never comes back."""
import threading
import time

from flatline import beat


class Order:
    def __init__(self, number, customer, items):
        self.number = number
        self.customer = customer
        self.items = items


def deliver(order, delivered):
    """Waits for a courier who was never told."""
    courier_ready = threading.Event()
    print(f"Order {order.number}: waiting for the courier …", flush=True)
    courier_ready.wait()
    delivered.append(order.number)


def main():
    delivered = []
    for number in range(1, 31):
        order = Order(number, customer=f"Customer {number % 7}", items={"tea": number, "cups": 2})
        print(f"Order {order.number} for {order.customer}: {order.items}", flush=True)
        beat("ORDER", "main")
        time.sleep(0.2)
    deliver(order, delivered)


if __name__ == "__main__":
    main()
