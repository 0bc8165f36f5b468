"""Exact gradients as numeric source code: one array program from the equations and their adjoint system, several printers."""
