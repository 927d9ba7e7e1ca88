"""An event gets its number from the database alone, and none before what is sealed."""

from alembic import op

from service.core.rls import on_postgres

revision = "0580_seals"
down_revision = "0540_account"
branch_labels = None
depends_on = None

TABLES = ("audit", "audit_seal")
NUMBERED = """
create function audit_number() returns trigger language plpgsql as $$
declare
    next_number constant regclass := pg_get_serial_sequence(format('%I.%I', tg_table_schema, tg_table_name), 'id');
begin
    -- only the tables' owner may choose numbers: a restore puts back those that were
    if new.id is null
        or not pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'MEMBER') then
        new.id := nextval(next_number);
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    """Apply."""
    if on_postgres():
        op.execute(NUMBERED)
        for table in TABLES:
            op.execute(f"alter table {table} alter column id drop default")
            op.execute(
                f"create trigger {table}_number before insert on {table} "
                "for each row execute function audit_number()"
            )
        return
    op.execute(
        "create trigger audit_no_earlier after insert on audit "
        "when new.id <= (select coalesce(max(last), 0) from audit_seal) "
        "begin select raise(abort, 'the audit log can only grow at its end'); end"
    )


def downgrade() -> None:
    """Take back."""
    if on_postgres():
        for table in TABLES:
            op.execute(f"drop trigger {table}_number on {table}")
            op.execute(f"alter table {table} alter column id set default nextval('{table}_id_seq')")
        op.execute("drop function audit_number()")
        return
    op.execute("drop trigger if exists audit_no_earlier")
