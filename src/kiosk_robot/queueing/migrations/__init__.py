"""The database's past: each version makes the next of the one before (Alembic).

A new version is a file in versions/ and its name in `HEAD`; a database is brought up to it when it
is opened. Databases of the first visit know no versions: they are what 0001 makes.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

HEAD = "0005"


def bring_up_to_date(connection: Connection, wanted: str = HEAD) -> None:
    """Create or migrate the tables, within the connection's transaction.

    :param wanted: a version; older ones are for backups that were made with them.
    :raises SQLAlchemyError: the database refuses; it is left as it was.
    :raises OSError: the database was written by a newer version of this program.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if version == wanted:
            return
        if version is not None and version > HEAD:
            raise OSError(f"the database is of version {version}, this program knows {HEAD}")
    # Only now: to import it takes a fifth of a second.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    if "tickets" in tables and "alembic_version" not in tables:
        command.stamp(config, "0001")
    command.upgrade(config, wanted)
