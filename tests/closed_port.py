"""What is told of a port on this machine after the process that served it has gone."""

import socket
import time

PAUSE_S = 0.1


def refuses_within(port: int, seconds: float) -> bool:
    """Whether nobody takes a connection any more before the time is up.

    A connection that is made while the process ends is reset, not refused; then it is asked again.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        except (ConnectionError, TimeoutError):
            pass
        time.sleep(PAUSE_S)
    return False
