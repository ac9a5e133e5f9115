#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Waits for a person: no freeze, however long it takes."""
from flatline import beat


def main():
    beat("ASK", "main")
    name = input("What is your name? ")
    print(f"Hello, {name}!")


if __name__ == "__main__":
    main()
