#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ends with an exception that nobody catches."""
import time

from flatline import beat


def price_of(basket, prices):
    return sum(prices[fruit] * count for fruit, count in basket.items())


def main():
    prices = {"apple": 0.5, "pear": 0.7}
    for second in range(5):
        beat("SELL", "main")
        time.sleep(0.2)
    print(price_of({"apple": 3, "quince": 1}, prices))


if __name__ == "__main__":
    main()
