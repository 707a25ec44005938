"""Shared test helpers live beside this file; it makes `tests` a package that no installed package can shadow."""
