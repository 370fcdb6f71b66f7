"""The rules, one module per concern. ``findings.engine`` registers them."""
