"""How a content is removed: by a function, so that nobody who serves need be able to.

The previous release runs on: it deletes contents itself as long as its role may.
Whoever may do that is let use the function, so that a server of this release need not
wait for `wirepact db grants`.

SQLite has no roles, and nothing to change.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Run with the rights of the owner of the tables. So every name is written with its
# schema, and nothing that whoever calls it has put in the way is found. The tombstone
# is left in the same statement: an id whose content is gone cannot be given again.
CREATE = """
CREATE FUNCTION {place}.wirepact_remove_content(of_context text, of_id integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  WITH gone AS (
    DELETE FROM {place}.content AS c
    WHERE c.context = of_context AND c.id = of_id AND NOT EXISTS (
      SELECT 1 FROM {place}.version AS v
      WHERE v.context = c.context AND v.schema_id = c.id
    )
    RETURNING c.context, c.id, c.schema_type, c.content_sha256
  )
  INSERT INTO {place}.tombstone (context, id, schema_type, content_sha256)
  SELECT * FROM gone;
  RETURN FOUND;
END $$
"""
REVOKE = "REVOKE ALL ON FUNCTION wirepact_remove_content(text, integer) FROM PUBLIC"
GRANT = """
DO $$
DECLARE
  app name;
BEGIN
  FOR app IN
    SELECT DISTINCT grantee FROM information_schema.role_table_grants
    WHERE table_schema = current_schema() AND table_name = 'content'
    AND privilege_type = 'DELETE' AND grantee <> 'PUBLIC'
  LOOP
    EXECUTE format(
      'GRANT EXECUTE ON FUNCTION wirepact_remove_content(text, integer) TO %I', app
    );
  END LOOP;
END $$
"""


def upgrade() -> None:
    if not _is_postgresql():
        return
    bind = op.get_bind()
    schema = bind.exec_driver_sql("SELECT current_schema()").scalar_one()
    place = bind.dialect.identifier_preparer.quote_identifier(schema)
    for each in (CREATE.replace("{place}", place), REVOKE, GRANT):
        # The driver takes a lone sign for a parameter.
        bind.exec_driver_sql(each.replace("%", "%%"))


def downgrade() -> None:
    if _is_postgresql():
        op.execute("DROP FUNCTION wirepact_remove_content(text, integer)")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
