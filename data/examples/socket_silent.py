#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks a server that takes the question and never answers."""
import socket
import time

from flatline import beat


def start_silent_server():
    server = socket.create_server(("127.0.0.1", 0))
    return server


def ask(address, question):
    connection = socket.create_connection(address)
    connection.sendall(question)
    answer = connection.recv(4096)
    return answer


def main():
    server = start_silent_server()
    for second in range(5):
        beat("ASK", "main")
        time.sleep(0.2)
    print("Asking", server.getsockname(), flush=True)
    print(ask(server.getsockname(), b"How are you?\n"))


if __name__ == "__main__":
    main()
