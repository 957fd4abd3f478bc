"""A day of all 126 wards of Hà Nội on one PostgreSQL server, while clients and server are killed.

The day: 531,269 dossiers in 85 days (published), so 6,250, dealt out evenly; every ward is a
schema, with a kiosk and two counters as clients, each with its own connection. Whatever a killed
client had begun, its successor repeats with the same request ids.
"""

import multiprocessing
import random
import time
import uuid
from collections import Counter as Count
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import create_engine, func, select, text

from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.postgres_server import PostgresServer
from kiosk_robot.queueing.rows import several, tickets, to_number
from kiosk_robot.queueing.store import Store, with_driver
from kiosk_robot.queueing.ticket import Status, StoreError, Ticket

WARDS = 126
CLIENTS = 3  # of a ward: the kiosk and two counters
TICKETS = round(531_269 / 85)
PROCESSES = 6  # each plays the clients of as many wards
KILLED_CLIENTS = 6
KILLED_SERVERS = 2
BIRTH = "1.001193"
NAMES = uuid.UUID("6f1ec7f0-1d0c-4f5e-9d0a-2f6c8f2d8a55")

Got = TypeVar("Got")


def replay(chance: random.Random) -> dict[str, Any]:
    """Play the day; what it took, and what went wrong.

    :raises NoPostgresError: PostgreSQL is not installed.
    """
    server = PostgresServer(connections=WARDS * CLIENTS + 60)
    try:
        urls = [server.url(f"ward_{ward:03d}") for ward in range(WARDS)]
        for url in urls:
            Store(url).close()
        with TemporaryDirectory() as folder:
            began = time.monotonic()
            killed = _play(server, urls, Path(folder), chance)
            seconds = time.monotonic() - began
            told = [_told(Path(folder), ward) for ward in range(WARDS)]
        return {
            "wards": WARDS,
            "clients": CLIENTS,
            "tickets": TICKETS,
            "seconds": round(seconds, 1),
            **killed,
            **_verdict(urls, told),
            "naive": _naive(server.url()),
        }
    finally:
        server.close()


def planned(ward: int) -> int:
    """Tickets of a ward."""
    return TICKETS // WARDS + (ward < TICKETS % WARDS)


def _play(
    server: PostgresServer, urls: list[str], folder: Path, chance: random.Random
) -> dict[str, int]:
    spawn = multiprocessing.get_context("spawn")
    clients = [_start(spawn, urls, folder, part) for part in range(PROCESSES)]
    killed = {"clients_killed": 0, "server_killed": 0}
    # Spread over the first part of the day, which is sure to be busy.
    blows = KILLED_CLIENTS + KILLED_SERVERS
    for blow in chance.sample(range(blows), blows):
        time.sleep(chance.uniform(1.0, 3.0))
        if blow < KILLED_SERVERS:
            server.kill()
            server.start()
            killed["server_killed"] += 1
        else:
            part = chance.randrange(PROCESSES)
            clients[part].kill()
            clients[part].join()
            clients[part] = _start(spawn, urls, folder, part)
            killed["clients_killed"] += CLIENTS * len(range(part, WARDS, PROCESSES))
    for client in clients:
        client.join()
    return killed


def _start(spawn: SpawnContext, urls: list[str], folder: Path, part: int) -> SpawnProcess:
    process = spawn.Process(target=_be_clients, args=(urls, folder, part), daemon=True)
    process.start()
    return process


def _be_clients(urls: list[str], folder: Path, part: int) -> None:
    """All clients of every sixth ward, each in a thread with a connection of its own."""
    wards = range(part, WARDS, PROCESSES)
    clients: list[Future[None]] = []
    with ThreadPoolExecutor(CLIENTS * len(wards)) as pool:
        for ward in wards:
            clients.append(pool.submit(_kiosk, urls[ward], folder, ward))
            for counter in ("1", "2"):
                clients.append(pool.submit(_counter, urls[ward], ward, counter))
        for client in clients:
            client.result()  # whatever a client did not foresee is seen


def _kiosk(url: str, folder: Path, ward: int) -> None:
    """Gives every number of the ward's day; writes down what it has told the citizen."""
    site = load_site("cua_nam")
    queue = Queue(_persist(lambda: Store(url)), site)
    file = folder / f"{ward}.told"
    known = file.read_text(encoding="ascii").count("\n") if file.exists() else 0
    with file.open("a", encoding="ascii") as told:
        for index in range(max(0, known - 1), planned(ward)):  # the last one once more
            wish = str(uuid.uuid5(NAMES, f"{ward}/{index}"))
            counter = site.counters[index % 2]
            ticket = _persist(lambda: queue.reserve(wish, BIRTH, counter))  # noqa: B023
            for outcome in (Status.PRINTING, Status.ISSUED):
                if ticket.status < outcome:
                    ticket = _persist(lambda: queue.settle(ticket.id, outcome))  # noqa: B023
            told.write(f"{wish} {ticket.number}\n")
            told.flush()


def _counter(url: str, ward: int, number: str) -> None:
    """Calls and serves until the whole ward is served."""
    store = _persist(lambda: Store(url))
    queue = Queue(store, load_site("cua_nam"))
    if left := _persist(lambda: queue.at_counter(number)):  # by a killed predecessor
        _serve(queue, left)
    while True:
        press = str(uuid.uuid4())
        present = _persist(lambda: queue.call_next(number, request_id=press))  # noqa: B023
        if present is not None:
            _serve(queue, present)
        elif _persist(lambda: _served(store)) == planned(ward):
            return
        else:
            # Not by LISTEN: 252 listeners in one database would all be woken by every change.
            time.sleep(1.0)


def _serve(queue: Queue, ticket: Ticket) -> None:
    start, end = str(uuid.uuid4()), str(uuid.uuid4())
    if ticket.status is Status.CALLED:
        _persist(lambda: queue.start(ticket.id, request_id=start))
    _persist(lambda: queue.finish(ticket.id, "received", request_id=end))


def _served(store: Store) -> int:
    with store.reading() as connection:
        found = select(func.count()).where(tickets.c.status == Status.SERVED)
        return connection.execute(found.select_from(tickets)).scalar_one()


def _persist(action: Callable[[], Got]) -> Got:
    """What a client does while the server is away: try again, as the same request."""
    while True:
        try:
            return action()
        except StoreError:
            time.sleep(0.2)


def _told(folder: Path, ward: int) -> dict[str, set[str]]:
    """Every number a citizen of the ward was told, by request."""
    found: dict[str, set[str]] = {}
    for line in (folder / f"{ward}.told").read_text(encoding="ascii").splitlines():
        wish, _, number = line.partition(" ")
        found.setdefault(wish, set()).add(number)
    return found


def _verdict(urls: list[str], told: list[dict[str, set[str]]]) -> dict[str, int]:
    """Numbers two citizens of a ward were told, and numbers told that the store does not know."""
    collisions = lost = unserved = 0
    for ward, url in enumerate(urls):
        store = Store(url)
        with store.reading() as connection:
            kept = {
                row["request_id"]: (to_number(row), row["status"])
                for row in several(connection, select(tickets))
            }
        store.close()
        holders = Count(number for numbers in told[ward].values() for number in numbers)
        collisions += sum(count - 1 for count in holders.values())
        lost += sum(told[ward].get(wish) != {number} for wish, (number, _) in kept.items())
        lost += planned(ward) - len(kept)
        unserved += sum(status != Status.SERVED for _, status in kept.values())
    return {"collisions": collisions, "lost": lost, "unserved": unserved}


def _naive(url: str) -> dict[str, Any]:
    """The same numbers by `MAX(number) + 1`: every ward three clients at once, nobody killed."""
    engine = create_engine(with_driver(url), pool_size=WARDS * CLIENTS // PROCESSES)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE naive (ward INTEGER, number INTEGER)"))

    def client(ward: int) -> None:
        with engine.connect() as connection:
            for _ in range(planned(ward) // CLIENTS):
                last = text("SELECT max(number) FROM naive WHERE ward = :ward")
                number = (connection.scalar(last, {"ward": ward}) or 0) + 1
                give = text("INSERT INTO naive VALUES (:ward, :number)")
                connection.execute(give, {"ward": ward, "number": number})
                connection.commit()

    began = time.monotonic()
    with ThreadPoolExecutor(WARDS * CLIENTS // PROCESSES) as pool:
        list(pool.map(client, [ward for ward in range(WARDS) for _ in range(CLIENTS)]))
    seconds = time.monotonic() - began
    with engine.connect() as connection:
        given = connection.execute(text("SELECT count(*) FROM naive")).scalar_one()
        different = connection.execute(
            text("SELECT count(*) FROM (SELECT DISTINCT ward, number FROM naive) AS numbers")
        ).scalar_one()
    engine.dispose()
    return {"tickets": given, "seconds": round(seconds, 1), "collisions": given - different}
