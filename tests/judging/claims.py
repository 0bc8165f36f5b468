"""All claims of the tables, in one list."""

from __future__ import annotations

from tests.judging import claims_layers, claims_reading, claims_recurrent, claims_spelled, claims_spread, claims_stated
from tests.judging.rows import Row

CLAIMS: tuple[Row, ...] = (
    *claims_recurrent.ROWS,
    *claims_layers.ROWS,
    *claims_reading.ROWS,
    *claims_spelled.ROWS,
    *claims_spread.ROWS,
    *claims_stated.ROWS,
)
