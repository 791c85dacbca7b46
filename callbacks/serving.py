"""The server on its socket, and the work that goes on behind it."""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from callbacks.acting import Acting
from callbacks.keeper import Keeper
from callbacks.limits import TimedProtocol
from callbacks.live import MOST_BYTES
from callbacks.server import build
from callbacks.services import Services

SHUTDOWN_SECONDS = 3


def serve_until_told(services: Services, listener: socket.socket, tell: Callable[[], None]) -> None:
    """Answer on the socket, with the keeper (or the replay) at work behind, until a signal to stop."""
    acting = Acting(services)
    keeper = services.replay or Keeper(services, acting)
    keeper.start()
    try:
        tell()
        server_on(build(services, acting)).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        keeper.stop()
        acting.close()


def server_on(app: FastAPI) -> uvicorn.Server:
    """The server that answers for the app."""
    config = uvicorn.Config(
        app,
        http=TimedProtocol,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)
