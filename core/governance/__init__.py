"""Governance: rules, decision, lineage."""
