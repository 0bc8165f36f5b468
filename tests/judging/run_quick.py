import sys
import time
from importlib import import_module

import symbptt
from tests.judging.rows import ALLOWED

for m in sys.argv[1:]:
    rows = import_module("tests.judging." + m).ROWS
    T = time.time()
    for r in rows:
        t0 = time.time()
        try:
            v = symbptt.check(r.problem)
        except Exception as e:
            print("EXC", r.name, repr(e))
            continue
        ok, bad = ALLOWED[r.status]
        dt = time.time() - t0
        if v.verdict in bad:
            print("!!WRONG", end=" ")
        if v.verdict not in ok or dt > 1.5:
            print(r.status, "|", r.name, "->", v.verdict, f"{dt:.1f}s", v.message[:200], v.reading)
    print(m, len(rows), f"{time.time() - T:.1f}s")
