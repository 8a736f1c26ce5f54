"""Schema changes in steps that the release before can live with: expand, backfill, verify, switch,
contract. Migrations import `zdt_deploy.schema.operations`."""
