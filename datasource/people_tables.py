"""The tables of identity: people, sessions, kiosks for walls, tokens for systems. Secrets are stored as hashes only."""

from sqlalchemy import ARRAY, Column, Index, Integer, LargeBinary, Table, Text

from datasource.schema import INSTANT, key_part, metadata, needed

person = Table(
    "person",
    metadata,
    key_part("name", Text()),
    needed("shown_name", Text()),
    needed("role", Text()),
    Column("team", Text()),
    Column("password_hash", Text()),
    Column("oidc_issuer", Text()),
    Column("oidc_subject", Text()),
    needed("made_at", INSTANT),
    Column("disabled_at", INSTANT),
    Index("uq_person_oidc", "oidc_issuer", "oidc_subject", unique=True),
    comment="team: of an operator. password_hash: argon2id; null where only OIDC signs in.",
)

session = Table(
    "session",
    metadata,
    key_part("token_hash", LargeBinary()),
    needed("person", Text()),
    needed("made_at", INSTANT),
    needed("seen_at", INSTANT),
    needed("expires_at", INSTANT),
    Index("ix_session_person", "person"),
    comment="token_hash: SHA-256 of the random token in the cookie.",
)

kiosk = Table(
    "kiosk",
    metadata,
    key_part("kiosk_id", Text()),
    needed("token_hash", LargeBinary()),
    needed("name", Text()),
    needed("page", Text()),
    needed("made_at", INSTANT),
    needed("made_by", Text()),
    Column("seen_at", INSTANT),
    Column("revoked_at", INSTANT),
    Index("uq_kiosk_token_hash", "token_hash", unique=True),
    comment="page: the one address, path and query, that the display shows.",
)

api_token = Table(
    "api_token",
    metadata,
    key_part("token_id", Text()),
    needed("token_hash", LargeBinary()),
    needed("name", Text()),
    needed("scopes", ARRAY(Text())),
    needed("made_at", INSTANT),
    needed("made_by", Text()),
    Column("expires_at", INSTANT),
    Column("seen_at", INSTANT),
    Column("revoked_at", INSTANT),
    Index("uq_api_token_token_hash", "token_hash", unique=True),
)

login_failure = Table(
    "login_failure",
    metadata,
    key_part("key", Text()),
    needed("failures", Integer()),
    needed("last_at", INSTANT),
    comment="key: a name or an address, hashed. forgotten a quiet while after the last failure.",
)
